//// base a.c
int x;
long f(long y) { long a; asm volatile("movq $x, %0" : "=r"(a)); return y + a; }
//// patched a.c
int x;
long f(long y) { long a; asm volatile("movq $x, %0" : "=r"(a)); return y - a; }
//// expect refused
//// expect replaced f: changed at a.c:2
//// expect refused unsupported-relocation f

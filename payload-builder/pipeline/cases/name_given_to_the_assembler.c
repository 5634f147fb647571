What inline assembly means hangs on assembly outside of it.
//// base a.c
asm(".set step, 4");
int f(int x) { asm("add $step, %0" : "+r"(x)); return x * 3; }
//// patched a.c
asm(".set step, 5");
int f(int x) { asm("add $step, %0" : "+r"(x)); return x * 3; }
//// expect built
//// expect replaced f: changed at a.c:1

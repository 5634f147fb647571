A function is removed, and the weak one of another source file takes its place: in the target it is
not there.
//// base a.c
int f(int x) { return x * 3 + (x >> 2) * 7; }
int a(int x) { return f(x) + 1000; }
//// base b.c
__attribute__((weak)) int f(int x) { return x * 11 + (x >> 2) * 7; }
int b(int x) { return x * 2000; }
//// patched a.c
int f(int x);
int a(int x) { return f(x) + 1000; }
//// expect refused
//// expect refused defined-elsewhere f

//// base a.c
int a;
int f(int x) { return x * 7 + a; }
//// patched a.c
int a;
int f(int x) { return x * 7 + a; }
int g(int x) { return x * 9 + a; }
//// expect nothing-to-patch

//// compilers gcc
//// base a.c
#define slow __attribute__((noinline, optimize("O2")))
slow int f(int x) { return x / 10; }
int other(int x) { return x / 10; }
//// patched a.c
#define slow __attribute__((noinline, optimize("Os")))
slow int f(int x) { return x / 10; }
int other(int x) { return x / 10; }
//// expect built
//// expect replaced f: changed at a.c:2

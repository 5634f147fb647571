//// compilers gcc
//// base a.c
int sum;
static __attribute__((noinline)) int step(int x, int mode) { if (mode == 4) { sum += x; return x * 9; } sum -= x; return x / mode; }
int f(int x) { return step(x, 4) + 1; }
int g(int x) { return step(x, 4) + 2; }
//// patched a.c
int sum;
static __attribute__((noinline)) int step(int x, int mode) { if (mode == 4) { sum += x; return x * 7; } sum -= x; return x / mode; }
int f(int x) { return step(x, 4) + 1; }
int g(int x) { return step(x, 4) + 2; }
//// expect built
//// expect replaced step.constprop.0: clone of step, changed at a.c:2

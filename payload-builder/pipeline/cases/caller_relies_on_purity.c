gcc calls a function once that has no side effect, and twice when it gets one.
//// compilers gcc
//// base a.c
int table[8];
static __attribute__((noinline)) int look(int i) { return table[i & 7]; }
int f(int i) { int a = look(i); int b = look(i); return a + b; }
//// patched a.c
int table[8];
static __attribute__((noinline)) int look(int i) { return ++table[i & 7]; }
int f(int i) { int a = look(i); int b = look(i); return a + b; }
//// expect built
//// expect replaced look: changed at a.c:2
//// expect replaced f: relies on registers, constants or purity of look, changed at a.c:2

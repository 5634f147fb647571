gcc keeps values in registers across the call of a static function that leaves them alone.
//// compilers gcc
//// base a.c
int sum;
static __attribute__((noinline)) int leaf(int x) { sum += x; return sum; }
int f(int a, int b, int c) { int r = leaf(a); return r + b * c; }
//// patched a.c
int sum;
static __attribute__((noinline)) int leaf(int x) { asm volatile("" ::: "rsi", "rdx", "rcx", "rdi"); sum += x; return sum; }
int f(int a, int b, int c) { int r = leaf(a); return r + b * c; }
//// expect built
//// expect replaced leaf: changed at a.c:2
//// expect replaced f: relies on registers, constants or purity of leaf, changed at a.c:2

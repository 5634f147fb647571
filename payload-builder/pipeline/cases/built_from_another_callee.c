f is the same in target and source; its new code keeps b and c in registers that leaf leaves alone (gcc), and the
target's leaf does not.
//// base a.c
int sum;
static __attribute__((noinline)) int leaf(int x) { sum += x; return sum; }
int f(int a, int b, int c) { return leaf(a) * 77 + 1; }
//// built a.c
int sum;
static __attribute__((noinline)) int leaf(int x) { asm volatile("" ::: "rsi", "rdx", "rcx", "rdi"); sum += x * 2; return sum; }
int f(int a, int b, int c) { return leaf(a) * 77 + 1; }
//// patched a.c
int sum;
static __attribute__((noinline)) int leaf(int x) { sum += x; return sum; }
int f(int a, int b, int c) { int r = leaf(a); return r * 77 + b * c; }
//// expect refused
//// expect replaced f: changed at a.c:3
//// expect refused reproduction-mismatch leaf

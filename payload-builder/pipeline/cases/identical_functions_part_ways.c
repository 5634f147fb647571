Two functions that are the same are one in the target: gcc folds them. A change of one leaves the
other as it was, and who calls that must get it.
//// base a.c
extern int sink;
static __attribute__((noinline)) int left(int x) { sink += x; return x * x * 3 + sink; }
static __attribute__((noinline)) int right(int x) { sink += x; return x * x * 3 + sink; }
int a(int x) { return left(x) + 1000; }
int b(int x) { return right(x) + 2000; }
int sink;
//// patched a.c
extern int sink;
static __attribute__((noinline)) int left(int x) { sink += x; return x * x * 5 + sink; }
static __attribute__((noinline)) int right(int x) { sink += x; return x * x * 3 + sink; }
int a(int x) { return left(x) + 1000; }
int b(int x) { return right(x) + 2000; }
int sink;
//// compilers gcc
//// expect built
//// expect replaced left: changed at a.c:2
//// expect replaced b: relies on
//// expect carries right

A parameter more: the function and its callers go together.
//// base a.c
extern int sink;
__attribute__((noinline)) static int scale(int x) { return x * sink; }
int first(int x) { return scale(x) + 1; }
int second(int x) { return scale(x + 2) + 1; }
int sink;
//// patched a.c
extern int sink;
__attribute__((noinline)) static int scale(int x, int by) { return x * sink + by; }
int first(int x) { return scale(x, 3) + 1; }
int second(int x) { return scale(x + 2, x) + 1; }
int sink;
//// expect built
//// expect replaced first: changed at a.c:3
//// expect replaced second: changed at a.c:4
//// expect replaced scale: changed at a.c:2

A function is removed: those that called it are replaced, nothing stands for it.
//// base a.c
extern int sink;
__attribute__((noinline)) int helper(int x) { return x * sink + 3; }
int f(int x) { return helper(x) + 1; }
int sink;
//// patched a.c
extern int sink;
int f(int x) { return x * 2 + sink; }
int sink;
//// expect built
//// expect replaced f: changed at a.c:2
//// expect not-needs helper

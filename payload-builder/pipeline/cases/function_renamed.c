A function gets another name: the new one is carried, its callers replaced.
//// base a.c
extern int sink;
__attribute__((noinline)) static int old_name(int x) { return x * sink + 3; }
int f(int x) { return old_name(x) + 1; }
int sink;
//// patched a.c
extern int sink;
__attribute__((noinline)) static int new_name(int x) { return x * sink + 3; }
int f(int x) { return new_name(x) + 1; }
int sink;
//// expect built
//// expect replaced f: changed at a.c:3
//// expect carries new_name

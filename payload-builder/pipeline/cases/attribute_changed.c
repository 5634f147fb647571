An attribute alone: a function that is inlined no more gets a copy of its own.
//// base a.c
extern int sink;
static int helper(int x) { return x * 3 + sink; }
int f(int x) { return helper(x) - 1; }
int sink;
//// patched a.c
extern int sink;
__attribute__((noinline)) static int helper(int x) { return x * 3 + sink; }
int f(int x) { return helper(x) - 1; }
int sink;
//// expect built
//// expect replaced f: inlines helper, changed at a.c:2
//// expect carries helper

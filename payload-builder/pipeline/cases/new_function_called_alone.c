Calls, tail calls and jumps of a new function keep no address of it.
//// base a.c
int state;
int f(int x) { return x * 3 + state; }
int g(int x) { return x * 5 + state; }
//// patched a.c
int state;
static __attribute__((noinline)) int help(int x) { return x / 7 + state; }
int f(int x) { return help(x) * 3 + state; }
int g(int x) { return help(x * 5); }
//// expect built
//// expect replaced f: changed at a.c:3
//// expect replaced g: changed at a.c:4
//// expect carries help

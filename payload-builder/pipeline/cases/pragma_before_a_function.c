Clang passes over gcc's pragmas. The function before it stays as it is.
//// compilers gcc
//// base a.c
int before(int x) { return x / 10; }

int f(int x) { return x / 10; }
//// patched a.c
int before(int x) { return x / 10; }
#pragma GCC optimize ("Os")
int f(int x) { return x / 10; }
//// expect built
//// expect replaced f: changed at a.c:2

Whether the moved variable is to keep its value, only the author knows.
//// compilers gcc
//// base a.c
int f(int x) { static int once; once += x; return once; }
//// patched a.c
static __attribute__((noinline)) int count(int x) { static int once; once += x; return once; }
int f(int x) { return count(x) + 1; }
//// expect refused
//// expect replaced f: changed at a.c:
//// expect refused ambiguous-target-symbol once

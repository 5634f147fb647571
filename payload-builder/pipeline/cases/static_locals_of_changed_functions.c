Every function around the statics changes: only debug information says which is which.
//// compilers gcc
//// base a.c
int f(int x) { static int once; once += x; return once; }
int g(int x) { static int once; once -= x; return once; }
//// patched a.c
int n(int x) { static int once; once ^= x; return once; }
int f(int x) { static int once; once += 2 * x; return once; }
int g(int x) { static int once; once -= 2 * x; return once + n(x); }
//// expect built
//// expect replaced f: changed at a.c:2
//// expect replaced g: changed at a.c:3
//// expect needs once.0
//// expect needs once.1

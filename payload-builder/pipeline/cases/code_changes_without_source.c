The parser that judges the source does not know gcc's pragma, and gcc's code is the judge of that.
//// compilers gcc
//// base a.c
int g(int x) { return x + 1; }
int f(const int *p, int n) { int s = 0; for (int i = 0; i < n; ++i) s += p[i] * 3; return s; }
//// patched a.c
int g(int x) { return x + 2; }
#pragma GCC optimize("Os")
int f(const int *p, int n) { int s = 0; for (int i = 0; i < n; ++i) s += p[i] * 3; return s; }
//// expect refused
//// expect refused unexplained-object-change f

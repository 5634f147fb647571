The fix adds a file with the ending of a source that another one includes: it takes no command of
its own.
//// base a.c
int a(int x) { return x * x + 1000; }
//// patched a.c
static const int limits[4] = {
#include "limits.c"
};
int a(int x) { return limits[x & 3] * x + 1000; }
//// patched limits.c
3, 1, 4, 1,
//// expect built
//// expect replaced a: changed at a.c:4

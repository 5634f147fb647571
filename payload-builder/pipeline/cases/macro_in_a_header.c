A macro's value changes: only functions that use it are replaced.
//// base h.h
#define LIMIT 8
//// base a.c
#include "h.h"
int a(int x) { return x < LIMIT ? x : -1; }
int other(int x) { return x + 5; }
//// base b.c
#include "h.h"
int b(int x) { return x * 3; }
//// patched h.h
#define LIMIT 16
//// expect built
//// expect replaced a: changed at a.c:2

A macro of one unit gives the enumerators other values there than where they were looked at.
//// base h.h
#ifndef SHIFT
#define SHIFT 0
#endif
enum {
  first = 0,
  second,
};
//// base a.c
#include "h.h"
int a(int x) { return x == second ? 11 : 17; }
//// base b.c
#define SHIFT 5
#include "h.h"
int b(int x) { return x == second ? 11 : 17; }
//// patched h.h
#ifndef SHIFT
#define SHIFT 0
#endif
enum {
  first = SHIFT,
  second,
};
//// expect built
//// expect replaced b
//// expect note enumerator second: 1 -> 6
//// expect dismissed a.c: mentions nothing of what changes in h.h

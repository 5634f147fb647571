Units that see a header whose lines Clang skips are kept for the target's compiler to judge.
//// compilers gcc
//// base step.h
#ifndef __clang__
static inline int step(int x) { return x / 7; }
#else
static inline int step(int x) { return x / 7; }
#endif
//// base a.c
#include "step.h"
int f(int x) { return step(x); }
//// base b.c
#include "step.h"
int g(int x) { return x; }
//// base c.c
#include "step.h"
int h(int x) { return step(x) + 1; }
//// patched step.h
#ifndef __clang__
static inline int step(int x) { return x / 11; }
#else
static inline int step(int x) { return x / 7; }
#endif
//// expect built
//// expect replaced f
//// expect replaced h

A header that Clang never enters, because gcc alone includes it, counts with the lines that do.
//// compilers gcc
//// base step.h
#define STEP 7
//// base a.c
#ifdef __clang__
#define STEP 7
#else
#include "step.h"
#endif
int f(int x) { return x / STEP; }
//// patched step.h
#define STEP 11
//// expect built
//// expect replaced f

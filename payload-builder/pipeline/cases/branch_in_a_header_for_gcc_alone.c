Clang does not enter the header, so that none of its lines tells what the others see there.
//// compilers gcc
//// base step.h
#if 1
static inline int step(int x) {
  return x / 7;
}
#endif
//// base both.h
#ifndef __clang__
#include "step.h"
#else
int step(int x);
#endif
//// base a.c
#include "both.h"
int f(int x) { return step(x); }
//// base b.c
#include "both.h"
int g(int x) { return step(x) + 1; }
//// patched step.h
#if 1
static inline int step(int x) {
  return x / 11;
}
#endif
//// expect built
//// expect replaced f
//// expect replaced g

A constant that changes reaches code that Clang skips, through another one and across headers.
//// compilers gcc
//// base step.h
enum { FIRST = 7, SECOND = FIRST * 3 };
//// base a.c
#include "step.h"
int f(int x) {
#ifndef __clang__
  x /= SECOND;
#endif
  return x;
}
int g(int x) { return x + 1; }
//// base b.c
#include "step.h"
int h(int x) { return x + 2; }
//// patched step.h
enum { FIRST = 9, SECOND = FIRST * 3 };
//// expect built
//// expect replaced f

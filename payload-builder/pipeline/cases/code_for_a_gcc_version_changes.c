A condition on a macro that stands for the compiler's version is one on the compiler.
//// compilers gcc
//// base version.h
#define VERSION (__GNUC__ * 100 + __GNUC_MINOR__)
#if VERSION >= 700
#define NEW_COMPILER
#endif
//// base a.c
#include "version.h"
int f(int x) {
#ifdef NEW_COMPILER
  return x / 7;
#else
  return x;
#endif
}
//// patched a.c
#include "version.h"
int f(int x) {
#ifdef NEW_COMPILER
  return x / 11;
#else
  return x;
#endif
}
//// expect built
//// expect replaced f

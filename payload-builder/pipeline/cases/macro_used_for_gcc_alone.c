A changed macro that only lines for gcc expand changes gcc's code.
//// compilers gcc
//// base a.c
#define STEP 7
int f(int x) {
#ifndef __clang__
  x /= STEP;
#endif
  return x;
}
//// patched a.c
#define STEP 11
int f(int x) {
#ifndef __clang__
  x /= STEP;
#endif
  return x;
}
//// expect built
//// expect replaced f

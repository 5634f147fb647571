A changed inline function that only lines for gcc call changes gcc's code.
//// compilers gcc
//// base a.c
static inline int step(int x) { return x / 7; }
int f(int x) {
#ifndef __clang__
  x = step(x);
#endif
  return x;
}
//// patched a.c
static inline int step(int x) { return x / 11; }
int f(int x) {
#ifndef __clang__
  x = step(x);
#endif
  return x;
}
//// expect built
//// expect replaced f: inlines step

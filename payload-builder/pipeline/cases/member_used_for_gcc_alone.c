A type that changes reaches code that Clang skips: by the place of a member, by its own name.
//// compilers gcc
//// base a.c
typedef unsigned short step_t;
int f(long x) {
#ifndef __clang__
  x = (step_t)x;
#endif
  return (int)x;
}
int g(int x) { return x + 1; }
//// patched a.c
typedef unsigned char step_t;
int f(long x) {
#ifndef __clang__
  x = (step_t)x;
#endif
  return (int)x;
}
int g(int x) { return x + 1; }
//// expect built
//// expect replaced f: may depend on step_t, in lines

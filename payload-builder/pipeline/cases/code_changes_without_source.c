The parser that judges the source is not the target's compiler, and that one's code is the judge.
//// compilers gcc
//// base a.c
#define JOIN(a, b) a##b
enum { STEP = 7 };
int g(int x) { return x / 9 + 1; }
int f(int x) {
#ifndef __clang__
  x /= JOIN(ST, EP);
#endif
  return x;
}
//// patched a.c
#define JOIN(a, b) a##b
enum { STEP = 11 };
int g(int x) { return x / 9 + 2; }
int f(int x) {
#ifndef __clang__
  x /= JOIN(ST, EP);
#endif
  return x;
}
//// expect refused
//// expect refused unexplained-object-change f

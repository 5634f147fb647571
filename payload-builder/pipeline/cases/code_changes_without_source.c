The parser that judges the source is not the target's compiler, and that one's code is the judge.
//// compilers gcc
//// base a.c
#ifdef __clang__
#define STEP 7
#else
#define STEP 7
#endif
int g(int x) { return x / 9 + 1; }
int f(int x) { return x / STEP; }
//// patched a.c
#ifdef __clang__
#define STEP 7
#else
#define STEP 11
#endif
int g(int x) { return x / 9 + 2; }
int f(int x) { return x / STEP; }
//// expect refused
//// expect refused unexplained-object-change f

Lines that Clang skips and the target's compiler reads change code that no AST shows.
//// compilers gcc
//// base a.c
#ifdef __clang__
#define STEP 7
#else
#define STEP 7
#endif
int f(int x) { return x / STEP; }
int g(int x) { return x + 1; }
//// patched a.c
#ifdef __clang__
#define STEP 7
#else
#define STEP 11
#endif
int f(int x) { return x / STEP; }
int g(int x) { return x + 1; }
//// expect built
//// expect replaced f

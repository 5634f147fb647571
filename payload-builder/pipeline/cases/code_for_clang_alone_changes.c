What is there for Clang alone is no code of a gcc target.
//// compilers gcc
//// base a.c
#ifdef __clang__
#define STEP 7
#else
#define STEP 5
#endif
int f(int x) { return x / STEP; }
//// patched a.c
#ifdef __clang__
#define STEP 11
#else
#define STEP 5
#endif
int f(int x) { return x / STEP; }
//// expect nothing-to-patch

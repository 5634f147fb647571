The front end is Clang, and what a gcc target runs is what is there for gcc.
//// compilers gcc
//// base a.c
#ifdef __clang__
#define STEP 7
#else
#define STEP 7
#endif
int f(int x) { return x / STEP; }
//// patched a.c
#ifdef __clang__
#define STEP 7
#else
#define STEP 11
#endif
int f(int x) { return x / STEP; }
//// expect built
//// expect replaced f

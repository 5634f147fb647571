A condition on the version of gcc is answered with that of the target's compiler.
//// compilers gcc
//// base a.c
#if __GNUC__ >= 7
int f(int x) { return x / 7; }
#else
int f(int x) { return x; }
#endif
//// patched a.c
#if __GNUC__ >= 7
int f(int x) { return x / 11; }
#else
int f(int x) { return x; }
#endif
//// expect built
//// expect replaced f

It is in no memory of the target.
//// base a.c
#ident "one"
int f(int x) { return x * 3; }
//// patched a.c
#ident "two"
int f(int x) { return x * 3; }
//// expect nothing-to-patch

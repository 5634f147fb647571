A call of a function that the payload replaces goes to the target's address, so that a later payload
on top of this one is not bypassed.
//// base a.c
extern int global;
__attribute__((noinline)) int inner(int x) { return x + global; }
__attribute__((noinline)) int outer(int x) { return inner(x) * 3; }
int global;
//// patched a.c
extern int global;
__attribute__((noinline)) int inner(int x) { return x - global; }
__attribute__((noinline)) int outer(int x) { return inner(x) * 5; }
int global;
//// expect built
//// expect replaced inner: changed at a.c:2
//// expect replaced outer: changed at a.c:3
//// expect needs inner
//// expect needs global

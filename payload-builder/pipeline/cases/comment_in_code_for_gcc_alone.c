A comment in lines that Clang skips is no change, and lines that no compiler reads are none.
//// base a.c
int f(int x) {
#ifndef __clang__
  x += 1; /* one */
#endif
#ifdef NOT_CONFIGURED
  x += 7;
#endif
  return x;
}
//// patched a.c
int f(int x) {
#ifndef __clang__
  x += 1; /* another */
#endif
#ifdef NOT_CONFIGURED
  x += 11;
#endif
  return x;
}
//// expect nothing-to-patch
//// expect dismissed a.c: nothing that its object has changes in meaning

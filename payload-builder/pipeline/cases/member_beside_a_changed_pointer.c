A pointer of a record changes, and in the same header what another member of it is.
//// flags -fno-strict-aliasing
//// base h.h
struct in {
  int a;
  long b;
};
struct s {
  struct in in;
  int *p;
};
//// base a.c
#include "h.h"
int a(struct s *x) { return x->in.a; }
//// base b.c
#include "h.h"
int b(int x) { return x; }
//// patched h.h
struct in {
  long b;
  int a;
};
struct s {
  struct in in;
  char *p;
};
//// expect refused
//// expect refused layout-changed struct in

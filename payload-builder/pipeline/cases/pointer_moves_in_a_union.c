The same members in the same order, and another place for one that is no pointer.
//// flags -fno-strict-aliasing
//// base h.h
struct part {
  union {
    int *p;
    struct {
      long a;
    } in;
  } u;
  long more;
};
//// base a.c
#include "h.h"
long a(struct part *x) { return x->u.in.a; }
//// base b.c
#include "h.h"
long b(struct part *x) { return x->more; }
//// patched h.h
struct part {
  union {
    struct {
      int *p;
      long a;
    } in;
  } u;
  long more;
};
//// expect refused
//// expect refused layout-changed struct part

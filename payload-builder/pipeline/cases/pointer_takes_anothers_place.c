A member points to something else: only who mentions it can tell, where the compiler does not
rely on types.
//// flags -fno-strict-aliasing
//// base h.h
struct ops {
  int n;
  int (*call)(int);
  int *table;
};
//// base a.c
#include "h.h"
int a(struct ops *o) { return o->n * 3; }
//// base b.c
#include "h.h"
long b(struct ops *o) { return o->call(1); }
//// base c.c
#include "h.h"
#define GET(o, part) ((o)->ta##part)
long c(struct ops *o) { return GET(o, ble)[1]; }
//// base d.c
#include "h.h"
struct ops d = {1, 0, 0};
int use_d(void) { return d.n; }
//// patched h.h
struct ops {
  int n;
  long (*call)(int);
  short *table;
};
//// expect built
//// expect replaced b
//// expect replaced c
//// expect dismissed a.c: mentions nothing of what changes in h.h
//// expect dismissed d.c: mentions nothing of what changes in h.h

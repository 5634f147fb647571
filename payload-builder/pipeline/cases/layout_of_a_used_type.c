A field more in a type that exists: its objects have the old layout.
//// base h.h
struct domain { int id; long pages; };
//// base a.c
#include "h.h"
long pages(struct domain *d) { return d->pages; }
//// base b.c
#include "h.h"
int id(struct domain *d) { return d->id; }
//// patched h.h
struct domain { int id; int flags; long pages; char more; };
//// expect refused
//// expect refused layout-changed struct domain

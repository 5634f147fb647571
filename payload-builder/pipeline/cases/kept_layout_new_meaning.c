A bit of a flags field gets a name: no layout changes.
//// base h.h
struct vcpu { unsigned flags; int id; };
#define PAUSED 1u
//// base a.c
#include "h.h"
int runnable(struct vcpu *v) { return !(v->flags & PAUSED); }
//// patched h.h
struct vcpu { unsigned flags; int id; };
#define PAUSED 1u
#define DYING 2u
//// patched a.c
#include "h.h"
int runnable(struct vcpu *v) { return !(v->flags & (PAUSED | DYING)); }
//// expect built
//// expect replaced runnable: changed at a.c:2

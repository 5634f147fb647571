A negative enumerator changes the type of all objects: who compares one with 0 mentions no
enumerator, and not even a tag.
//// base h.h
typedef enum {
  idle = 1,
} state_t;
//// base a.c
#include "h.h"
int a(state_t *x) { return *x > 0 ? 11 : 17; }
//// base b.c
#include "h.h"
int b(int x) { return x * 3; }
//// patched h.h
typedef enum {
  idle = 1,
  gone = -1,
} state_t;
//// expect built
//// expect replaced a
//// expect dismissed b.c: mentions nothing of what changes in h.h

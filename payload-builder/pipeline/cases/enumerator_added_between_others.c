An enumerator is added and the others keep their values: who mentions those alone is left out.
//// base h.h
enum state {
  idle = 1,
  dead = 7,
};
//// base a.c
#include "h.h"
int a(int x) { return x == idle ? 11 : 17; }
//// base b.c
#include "h.h"
int b(int x) { return x == dead ? 11 : 17; }
//// patched h.h
enum state {
  idle = 1,
  busy = 2,
  dead = 9,
};
//// expect built
//// expect replaced b: changed at b.c:2:5 (enumerator dead 7 -> 9)
//// expect note enumerator dead: 7 -> 9
//// expect dismissed a.c: mentions nothing of what changes in h.h

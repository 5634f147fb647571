An enumerator gets another value: its users are replaced, those of its neighbours are not.
//// base h.h
enum state { idle, busy, dead };
//// base a.c
#include "h.h"
int is_idle(int x) { return x == idle ? 11 : 17; }
int is_dead(int x) { return x == dead ? 11 : 17; }
//// patched h.h
enum state { idle, busy, waiting, dead };
//// expect built
//// expect replaced is_dead: changed at a.c:3:5 (enumerator dead 2 -> 3)
//// expect note enumerator dead: 2 -> 3

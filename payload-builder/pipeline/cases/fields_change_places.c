Two fields of one type change places: the record looks the same, and objects that exist have each
value where the other is read from now on.
//// base h.h
struct s { int a, b; };
extern struct s g;
//// base a.c
#include "h.h"
struct s g;
int a(int x) { g.a += x; return g.b * 3; }
//// patched h.h
struct s { int b, a; };
extern struct s g;
//// expect refused
//// expect refused layout-changed struct s

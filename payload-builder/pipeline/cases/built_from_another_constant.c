New code may have a constant of the unit folded into it; here no function that is there yet has.
//// base a.c
const int limits[4] = {1, 2, 3, 4};
int f(int x) { return x * 7; }
//// built a.c
const int limits[4] = {1, 2, 9, 4};
int f(int x) { return x * 7; }
//// patched a.c
const int limits[4] = {1, 2, 3, 4};
int f(int x) { return x * 7 + limits[2]; }
//// expect refused
//// expect replaced f: changed at a.c:2
//// expect refused reproduction-mismatch limits

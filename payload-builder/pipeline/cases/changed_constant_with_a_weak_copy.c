//// base a.c
const int limits[5] = {10, 20, 30, 40, 50};
int limit(unsigned i) { return limits[i % 5]; }
//// base b.c
__attribute__((weak)) extern const int limits[5] = {1, 2, 3, 4, 5};
int last(void) { return limits[4]; }
//// patched a.c
const int limits[5] = {10, 20, 30, 44, 50};
int limit(unsigned i) { return limits[i % 5]; }
//// expect refused
//// expect refused ambiguous-target-symbol limits

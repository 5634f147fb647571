//// base a.c
const int limits[5] = {10, 20, 30, 40, 50};
int limit(unsigned i) { return limits[i % 5]; }
//// base b.c
extern const int limits[5];
int last(void) { return limits[4]; }
//// patched a.c
const int limits[5] = {10, 20, 30, 44, 50};
int limit(unsigned i) { return limits[i % 5]; }
//// expect refused
//// expect replaced limit: refers to constant limits, changed at a.c:1
//// expect refused initializer-of-live-data-changed limits

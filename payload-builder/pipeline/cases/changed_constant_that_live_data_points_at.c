The running target may have copied or changed the pointer, which goes on leading to the old value.
//// base a.c
const int limits[5] = {10, 20, 30, 40, 50};
int limit(unsigned i) { return limits[i % 5]; }
//// base b.c
extern const int limits[5];
const int *current = limits;
int now(unsigned i) { return current[i % 5]; }
//// patched a.c
const int limits[5] = {10, 20, 30, 44, 50};
int limit(unsigned i) { return limits[i % 5]; }
//// expect refused
//// expect replaced limit: refers to constant limits, changed at a.c:1
//// expect refused initializer-of-live-data-changed limits

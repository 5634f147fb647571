A constant that other files read by name comes with all functions that do, in whatever file.
//// base a.c
const int limits[5] = {10, 20, 30, 40, 50};
int limit(unsigned i) { return limits[i % 5]; }
//// base b.c
extern const int limits[5];
int last(void) { return limits[4]; }
int other(int x) { return x * 17 + 5; }
//// base c.c
int unrelated(int x) { return x * 3; }
//// patched a.c
const int limits[5] = {10, 20, 30, 44, 50};
int limit(unsigned i) { return limits[i % 5]; }
//// expect built
//// expect replaced limit: refers to constant limits, changed at a.c:1
//// expect replaced last: refers to constant limits, changed at a.c:1
//// expect carries limits
//// expect not-needs limits

//// base a.c
static const int limits[5] = {10, 20, 30, 40, 50};
int limit(unsigned i) { return limits[i % 5]; }
int other(int x) { return x * 17 + 5; }
//// patched a.c
static const int limits[5] = {10, 20, 30, 44, 50};
int limit(unsigned i) { return limits[i % 5]; }
int other(int x) { return x * 17 + 5; }
//// expect built
//// expect replaced limit: refers to constant limits, changed at a.c:1
//// expect carries limits
//// expect not-needs limits

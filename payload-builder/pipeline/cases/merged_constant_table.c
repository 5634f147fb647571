A table of 16 bytes goes into a section of mergeable constants and has no symbol there.
//// compilers clang
//// base a.c
static const int limits[4] = {10, 20, 30, 40};
int limit(unsigned i) { return limits[i & 3]; }
//// patched a.c
static const int limits[4] = {10, 20, 30, 44};
int limit(unsigned i) { return limits[i & 3]; }
//// expect built
//// expect replaced limit: refers to constant limits, changed at a.c:1

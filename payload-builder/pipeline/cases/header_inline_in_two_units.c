//// base h.h
static inline int bound(int x) { return x & 0xff; }
//// base a.c
#include "h.h"
int a(int x) { return bound(x) + 1; }
//// base b.c
#include "h.h"
int b(int x) { return bound(x) * 9; }
//// base c.c
#include "h.h"
int c(int x) { return x * 11 + 3; }
//// patched h.h
static inline int bound(int x) { return x & 0x7f; }
//// expect built
//// expect replaced a: inlines bound, changed at h.h:1
//// expect replaced b: inlines bound, changed at h.h:1

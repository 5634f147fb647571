Lines that one unit sees and the others do not, and a function whose head hangs on the same.
//// base h.h
#ifdef WIDE
static inline int g(int x) {
#else
static inline int f(int x) {
#endif
  return x & 0xff;
}
#ifdef WIDE
#define STEP 3
static inline int h(int x) { return x + STEP; }
#endif
//// base a.c
#include "h.h"
int a(int x) { return x * 3; }
//// base b.c
#define WIDE
#include "h.h"
int b(int x) { return g(x) * 9 + 1; }
//// base c.c
#define WIDE
#include "h.h"
int c(int x) { return h(x) * h(x + 9); }
//// patched h.h
#ifdef WIDE
static inline int g(int x) {
#else
static inline int f(int x) {
#endif
  return x & 0x7f;
}
#ifdef WIDE
#define STEP 3
static inline int h(int x) { return x + 2 * STEP; }
#endif
//// expect built
//// expect replaced b: inlines g
//// expect replaced c: inlines h
//// expect dismissed a.c: mentions nothing of what changes in h.h

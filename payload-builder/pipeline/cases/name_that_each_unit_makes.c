A function has another name in each unit that includes its header, and is called by a pasted one.
//// base h.h
static inline int NAME(walk)(int x) {
  return x & 0xff;
}
//// base a.c
#define NAME(n) n##_2
#include "h.h"
int a(int x) { return x * 3; }
//// base b.c
#define NAME(n) n##_3
#include "h.h"
#define CALL(n, levels) n##_##levels
int b(int x) { return CALL(walk, 3)(x) + 1; }
//// base c.c
#define NAME(n) n##_2
#include "h.h"
#define CALL(n, levels) n##_##levels
int c(int x) { return CALL(walk, 2)(x) + 2; }
//// patched h.h
static inline int NAME(walk)(int x) {
  return x & 0x7f;
}
//// expect built
//// expect replaced b: inlines walk_3
//// expect replaced c: inlines walk_2

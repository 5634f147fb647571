A changed expression is folded with what its callers make of it: Clang's debug information does not
say that it was inlined there.
//// base x.h
static inline int raise(int v) { return v + 1; }
static inline int twice(int v) { return raise(v) * 2; }
//// base a.c
#include "x.h"
int a(int v) { return v ? raise(v) * raise(v + 3) : 99; }
int b(int v) { return v ? twice(v) + v * 5 : 99; }
__attribute__((noinline)) int c(int v) { return v * 3 + 4; }
//// patched x.h
static inline int raise(int v) { return v + 7; }
static inline int twice(int v) { return raise(v) * 2; }
//// expect built
//// expect replaced a: inlines raise, changed at x.h:1:19 (body)
//// expect replaced b: inlines twice -> raise, changed at x.h:1:19 (body)

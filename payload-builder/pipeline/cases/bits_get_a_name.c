A list of features makes the names of bits in a record that all units see, by macros whose names are
put together there: one more feature names a bit.
//// base bits.h
#define BITS_0 unsigned fpu : 1, : 1, sse : 1, : 29
//// base policy.h
#include "bits.h"
#define JOIN(word) BITS_##word
#define BITS(word) JOIN(word)
struct policy {
  unsigned long id;
  union {
    unsigned word0;
    struct {
      BITS(0);
    };
  };
};
extern struct policy policies[];
//// base a.c
#include "policy.h"
int a(unsigned i) { return policies[i].word0 & 2 ? 1 : 0; }
//// base b.c
#include "policy.h"
int b(unsigned i) { return policies[i].sse; }
void set(struct policy *p) {
  p->fpu = 1;
  policies[0] = *p;
}
//// base c.c
#include "policy.h"
struct policy policies[] = {{1, {5}}, {.id = 2, .sse = 1}};
//// base d.c
#include "policy.h"
unsigned long d(const struct policy *p) { return p->id; }
//// base e.c
#include "policy.h"
unsigned long e = sizeof(struct policy);
//// patched bits.h
#define BITS_0 unsigned fpu : 1, avx : 1, sse : 1, : 29
//// patched a.c
#include "policy.h"
int a(unsigned i) { return policies[i].avx ? 3 : 0; }
//// expect built
//// expect replaced a
//// expect dismissed b.c: mentions nothing of what changes in bits.h
//// expect dismissed c.c: mentions nothing of what changes in bits.h
//// expect dismissed d.c: mentions nothing of what changes in bits.h
//// expect dismissed e.c: mentions nothing of what changes in bits.h

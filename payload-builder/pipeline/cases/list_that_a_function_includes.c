A list of items is enumerators and a function's body at once: who calls the function mentions none
of them, and is no unit to leave out. Compilers make a constant of the call, and leave no record.
//// base items.h
ITEM(one, 1)
ITEM(two, 2)
//// base h.h
#define ITEM(name, value) item_##name = value,
enum {
#include "items.h"
};
#undef ITEM
#define ITEM(name, value) + value
static inline int sum(void) {
  return 0
#include "items.h"
      ;
}
#undef ITEM
//// base a.c
#include "h.h"
int a(int x) { return (x ^ 5) * sum(); }
//// base b.c
#include "h.h"
int b(int x) { return x + item_one; }
//// base c.c
#include "h.h"
int c(int x) { return x * item_two; }
//// patched items.h
ITEM(one, 1)
ITEM(new, 7)
ITEM(two, 2)
//// expect built
//// expect replaced a: inlines sum, changed at h.h:7:19 (body)

A list of items that one header includes for an enumeration gets an item: one unit includes it for
itself as well.
//// base items.h
ITEM(one, 1)
ITEM(two, 2)
//// base h.h
#define ITEM(name, value) item_##name = value,
enum {
#include "items.h"
};
#undef ITEM
//// base a.c
#include "h.h"
int a(int x) { return x + item_one; }
//// base b.c
#include "h.h"
int b(int x) {
  switch (x) {
#define ITEM(name, value) \
  case value: \
    return #name[0];
#include "items.h"
  default:
    return 0;
  }
}
//// base c.c
#include "h.h"
int c(int x) { return x * item_two; }
//// patched items.h
ITEM(one, 1)
ITEM(new, 7)
ITEM(two, 2)
//// expect built
//// expect replaced b
//// expect dismissed a.c: mentions nothing of what changes in items.h
//// expect dismissed c.c: mentions nothing of what changes in items.h

Entries of a list that the linker puts together come, go and move: the target's list stays as it was
linked. New variables that code names are no entries.
//// base a.c
extern int (*const __start_handlers[])(int), (*const __stop_handlers[])(int);
int walk(int x) {
  for (int (*const *h)(int) = __start_handlers; h < __stop_handlers; h++)
    x = (*h)(x);
  return x;
}
static int one(int x) { return x * 3 + 1; }
static int (*const first)(int) __attribute__((used, section("handlers"))) = one;
static int (*const second)(int) __attribute__((used, section("handlers"))) = one;
static int (*const third)(int) __attribute__((used, section(".data.rel.ro.list.5"))) = one;
int a(int x) { return x * 7; }
//// base b.c
int b(int x) { return x * 3; }
//// patched a.c
extern int (*const __start_handlers[])(int), (*const __stop_handlers[])(int);
int walk(int x) {
  for (int (*const *h)(int) = __start_handlers; h < __stop_handlers; h++)
    x = (*h)(x);
  return x;
}
static int one(int x) { return x * 3 + 1; }
static int (*const first)(int) __attribute__((used, section("handlers"))) = one;
static int two(int x) { return x * 5 + 1; }
static int (*const added)(int) __attribute__((used, section("handlers"))) = two;
static int (*const third)(int) __attribute__((used, section(".data.rel.ro.list.3"))) = one;
static int level __attribute__((section(".data.read_mostly"))) = 4;
int rate __attribute__((section(".data.read_mostly"))) = 3;
int (*const seen)(int) __attribute__((section("handlers"))) = two;
int a(int x) { return x * 7 * level++; }
//// patched b.c
extern int rate;
int b(int x) { return x * rate; }
//// expect refused
//// expect refused section-list-changed second
//// expect refused section-list-changed seen
//// expect refused section-list-changed added
//// expect refused section-list-changed third

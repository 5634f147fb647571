//// base a.c
int g(int x) { return x * 1234567 + 1; }
//// patched a.c
static __attribute__((section("mine"), noinline)) int added(int x) { asm volatile("" : "+r"(x)); return x; }
int g(int x) { return added(x) + 1; }
//// expect refused
//// expect replaced g: changed at a.c:
//// expect refused unknown-section added

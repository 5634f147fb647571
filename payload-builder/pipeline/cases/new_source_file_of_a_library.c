The fix adds a source file to a library, and calls what is in it.
//// base Makefile
obj-y += a.o
lib-y += b.o
//// base a.c
int a(int x) { return x * x + 1000; }
//// base b.c
int b(int x) { return x * 3; }
//// patched Makefile
obj-y += a.o
lib-y += b.o
lib-y += c.o
//// patched a.c
int clamp(int x);
int a(int x) { return clamp(x) * x + 1000; }
//// patched c.c
static const int limits[4] = {3, 1, 4, 1};
int clamp(int x) { return limits[x & 3] * x; }
//// expect built
//// expect replaced a: changed at a.c:2
//// expect carries clamp

A weak function that gave way to another file's is not held against its unit.
//// base a.c
__attribute__((weak)) int limit(void) { return 3; }
int f(int x) { return x * 7 + limit(); }
//// base b.c
int limit(void) { return 12345; }
//// patched a.c
__attribute__((weak)) int limit(void) { return 3; }
int f(int x) { return x * 8 + limit(); }
//// expect built
//// expect replaced f: changed at a.c:2

A type that only new code uses may change: no object of it can exist.
//// base a.c
struct request { int kind; };
int f(int x) { return x * 3 + (x >> 4); }
//// patched a.c
struct request { int kind; long size; };
static long size_of(const struct request *request) { return request->kind ? request->size : 0; }
int f(int x) { struct request request = {x, x + 1}; return (int)size_of(&request) + x * 3 + (x >> 4); }
//// expect built
//// expect replaced f: changed at a.c:3

//// base a.c
extern int sink;
static int clamp(int x) { return x < 0 ? 0 : x; }
__attribute__((noinline)) static int untouched(int x) { return x ^ sink; }
int first(int x) { return clamp(x) + 1; }
int second(int x) { return untouched(x) + 2; }
int sink;
//// patched a.c
extern int sink;
static int clamp(int x) { return x < 4 ? 4 : x; }
__attribute__((noinline)) static int untouched(int x) { return x ^ sink; }
int first(int x) { return clamp(x) + 1; }
int second(int x) { return untouched(x) + 2; }
int sink;
//// expect built
//// expect replaced first: inlines clamp, changed at a.c:2

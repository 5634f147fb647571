A function moves to another source file as it is, but what only its own unit can see changes.
//// base a.c
static const int table[2] = {3, 5};
static __attribute__((noinline)) int helper(int x) { return x * 3 + table[x & 1]; }
int a(int x) { return helper(x) * x; }
int d(int x) { return x * 7; }
//// base b.c
int b(int x) { return x * 3; }
//// patched a.c
int d(int x) { return x * 7; }
//// patched b.c
static const int table[2] = {3, 4};
static __attribute__((noinline)) int helper(int x) { return x * 3 + table[x & 1]; }
int a(int x) { return helper(x) * x; }
int b(int x) { return x * 3; }
//// expect refused
//// expect refused defined-elsewhere a

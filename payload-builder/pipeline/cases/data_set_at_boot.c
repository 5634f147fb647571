//// base a.c
int model = 3;
__attribute__((section(".init.text"), noinline)) void start(int x) { model = x; }
int f(int x) { return x * 3 + model; }
//// patched a.c
int model = 3;
static const int *table;
static const int sixes[3] = {6, 12, 18};
__attribute__((section(".init.text"), noinline)) void start(int x) { model = x; table = x ? sixes : 0; }
int f(int x) { return x * 3 + model + (table ? table[1] : 0); }
//// expect refused
//// expect replaced f: changed at a.c:5
//// expect refused init-only-change table

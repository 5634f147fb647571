//// base a.c
int model = 3;
__attribute__((section(".init.text"), noinline)) int count(int x) { return x + 1; }
__attribute__((section(".init.text"), noinline)) void start(int x) { model = count(x) + count(2); }
int f(int x) { return x * 3 + model; }
//// patched a.c
int model = 3;
__attribute__((section(".init.text"), noinline)) int count(int x) { return x > 1 ? x * 5 : 9; }
__attribute__((section(".init.text"), noinline)) void start(int x) { model = count(x) + count(2); }
int f(int x) { return x * 3 + model; }
//// expect nothing-to-patch
//// expect note count (a.c:2

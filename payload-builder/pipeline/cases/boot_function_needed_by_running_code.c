//// base a.c
int model = 3;
__attribute__((section(".init.text"), noinline)) int added(int x) { asm volatile("" : "+r"(x)); return x + model; }
int f(int x) { return x * 3 + model; }
//// patched a.c
int model = 3;
__attribute__((section(".init.text"), noinline)) int added(int x) { asm volatile("" : "+r"(x)); return x + model; }
__attribute__((section(".init.text"), noinline)) static int fresh(int x) { asm volatile("" : "+r"(x)); return x - model; }
int f(int x) { return x * 3 + fresh(x); }
//// expect refused
//// expect replaced f: changed at a.c:4
//// expect refused init-function fresh

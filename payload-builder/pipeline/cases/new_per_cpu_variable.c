//// base a.c
int f(int x) { return x * 1234567 + 1; }
//// patched a.c
__attribute__((section(".bss.percpu"))) int per_cpu__count;
int f(int x) { return x + ++per_cpu__count; }
//// expect refused
//// expect replaced f: changed at a.c:2
//// expect refused new-per-cpu-variable per_cpu__count

Where the parser does not see it, the object shows that the address of a new function is taken.
//// base a.c
void *kept;
int f(int x) { return x * 3 + (x >> 2); }
//// patched a.c
void *kept;
static int seen;
static __attribute__((used, noinline)) void count(void) { seen++; }
int f(int x) { asm volatile("lea count(%%rip), %%rax; mov %%rax, %0" : "=m"(kept) :: "rax"); return x * 3 + (x >> 2); }
//// expect built
//// expect replaced f: changed at a.c:4
//// expect carries count
//// expect escapes count: is taken, and may be kept, by f

The assembler resolves calls inside one section; in the payload they lead to the target all the same.
//// base a.c
#define SECTION __attribute__((section(".text.mine"), noinline))
static SECTION int helper(int x) { asm volatile("" : "+r"(x)); return x * 7; }
SECTION int f(int x) { return helper(x) + 1; }
SECTION int g(int x) { return helper(x) + 2; }
//// patched a.c
#define SECTION __attribute__((section(".text.mine"), noinline))
static SECTION int helper(int x) { asm volatile("" : "+r"(x)); return x * 7; }
SECTION int f(int x) { return helper(x) + 3; }
SECTION int g(int x) { return helper(x) + 2; }
//// expect built
//// expect replaced f: changed at a.c:3
//// expect needs helper

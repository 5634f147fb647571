A source file gets another name, and a function in it changes: it is the unit that the target knows
by the old name, local functions and variables included.
//// base Makefile
obj-y += old.o other.o
//// base old.c
static int calls;
static __attribute__((noinline)) int count(int x) { return calls += x; }
int entry(int x) { return count(x) + 1; }
int another(int x) { return count(x) * 5; }
int unused(int x) { return x * 7; }
//// base other.c
static int calls;
int other(int x) { return calls += x; }
//// patched Makefile
obj-y += new.o other.o
//// removed old.c
//// patched new.c
static int calls;
static __attribute__((noinline)) int count(int x) { return calls += x; }
int entry(int x) { return count(x) + 2; }
int another(int x) { return count(x) * 5; }
int unused(int x) { return x * 7; }
//// expect built
//// expect replaced entry: changed at old.c:3
//// expect needs count

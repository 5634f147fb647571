Where nothing else changes it is refused all the same: the fix would have no effect.
//// base a.c
int state;
int f(int x) { return x + state; }
//// patched a.c
int state;
static int start(void) { state = 3; return 0; }
static int (*const initcall_start)(void) __attribute__((used, section(".initcall1.init"))) = start;
int f(int x) { return x + state; }
//// expect refused
//// expect refused new-initcall initcall_start

What the runtime would refuse is refused here, with its reason.
//// base a.c
int limit = 3;
int f(int x) { return x * 5 + limit; }
//// patched a.c
int limit = 3;
int f(int x) { return x * 7 + limit; }
static int first(void) { return limit; }
static int second(void) { return limit + 1; }
#define HOOK __attribute__((used, section(".livepatch.hooks.preapply")))
static int (*const hook_first)(void) HOOK = first;
static int (*const hook_second)(void) HOOK = second;
//// expect refused
//// expect replaced f: changed at a.c:2
//// expect refused load-refused

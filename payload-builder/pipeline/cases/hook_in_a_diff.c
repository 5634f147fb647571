//// base a.c
int limit = 3;
int f(int x) { return x + limit; }
//// patched a.c
int limit = 3;
int f(int x) { return x - limit; }
static void set_limit(void) { limit = 5; }
static void (*const load_hook)(void) __attribute__((used, section(".livepatch.hooks.load"))) = set_limit;
//// expect built
//// expect replaced f: changed at a.c:2
//// expect carries load_hook
//// expect carries set_limit

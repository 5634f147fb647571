//// base a.c
int limit = 3;
int f(int x) { return x + limit; }
//// patched a.c
int limit = 3;
struct parameter { const char *name; void *variable; };
static const struct parameter setup_limit __attribute__((used, section(".init.setup"))) = {"limit", &limit};
int f(int x) { return x < limit ? x : limit; }
//// expect refused
//// expect replaced f: changed at a.c:4
//// expect refused new-boot-parameter setup_limit

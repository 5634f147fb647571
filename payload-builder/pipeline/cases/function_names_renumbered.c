gcc numbers what __func__ stands for over the whole unit.
//// base a.c
extern void log_it(const char *);
int f(int x) { log_it(__func__); return x + 1; }
int g(int x) { log_it(__func__); return x + 2; }
int h(int x) { log_it(__func__); return x + 3; }
//// base b.c
int seen;
void log_it(const char *p) { seen += *p; }
//// patched a.c
extern void log_it(const char *);
static __attribute__((noinline)) int added(int x) { log_it(__func__); return x * 5; }
int f(int x) { log_it(__func__); return x + added(x); }
int g(int x) { log_it(__func__); return x + 4; }
int h(int x) { log_it(__func__); return x + 3; }
//// expect built
//// expect replaced f: changed at a.c:
//// expect replaced g: changed at a.c:4
//// expect carries added

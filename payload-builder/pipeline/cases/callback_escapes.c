A new function's address is handed to the target: the payload says that it must stay loaded.
//// base a.c
void (*registered)(int);
__attribute__((noinline)) void on_event(void (*callback)(int)) { registered = callback; }
int start(int x) { return x * 3 + (x >> 2); }
//// patched a.c
void (*registered)(int);
__attribute__((noinline)) void on_event(void (*callback)(int)) { registered = callback; }
static int seen;
static void count(int x) { seen += x; }
int start(int x) { on_event(count); return x * 3 + (x >> 2); }
//// expect built
//// expect replaced start: changed at a.c:5
//// expect carries count
//// expect carries seen
//// expect escapes count: is passed to on_event by start

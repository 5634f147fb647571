//// base a.c
int f(int x) { static int calls; calls += x; return calls; }
//// patched a.c
int f(int x) { static int calls; if (x > 100) return -1; calls += x; return calls; }
//// expect built
//// expect replaced f: changed at a.c:1
//// expect drops calls

//// base a.c
int level = 3;
int f(int x) { return x + level; }
//// patched a.c
int level = 4;
int f(int x) { return x + level; }
//// expect refused
//// expect refused initializer-of-live-data-changed level

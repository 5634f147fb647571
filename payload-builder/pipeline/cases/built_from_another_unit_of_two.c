Each unit that code of the payload comes from is held against the target, all of it.
//// base a.c
int total;
int f(int x) { return x * 7 + total; }
int other(int x) { return x - total; }
//// base b.c
extern int total;
int g(int x) { return x * 5 + total; }
int unrelated(int x) { return x / 3 + total; }
//// built b.c
extern int total;
int g(int x) { return x * 5 + total; }
int unrelated(int x) { return x / 9 + total; }
//// patched a.c
int total;
int f(int x) { return x * 8 + total; }
int other(int x) { return x - total; }
//// patched b.c
extern int total;
int g(int x) { return x * 6 + total; }
int unrelated(int x) { return x / 3 + total; }
//// expect refused
//// expect replaced f: changed at a.c:2
//// expect replaced g: changed at b.c:2
//// expect refused reproduction-mismatch unrelated

//// base a.c
int f(int x) { return x * 1234567 + 1; }
//// patched a.c
extern int nowhere(int);
int f(int x) { return nowhere(x) + 1; }
//// expect refused
//// expect replaced f: changed at a.c:2
//// expect refused target-symbol-missing nowhere

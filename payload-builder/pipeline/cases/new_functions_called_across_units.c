A new function in a unit where nothing else changes, which needs one of a third unit.
//// base a.c
int a;
int f(int x) { return x * 7 + a; }
//// base b.c
int b;
int old(int x) { return x + b; }
//// base c.c
int c;
int older(int x) { return x - c; }
//// patched a.c
int a;
int second(int x);
int f(int x) { return second(x) * 7 + a; }
//// patched b.c
int b;
int third(int x);
int old(int x) { return x + b; }
int second(int x) { return third(x) ^ b; }
//// patched c.c
int c;
static const char text[] = "new";
int older(int x) { return x - c; }
int third(int x) { return text[x] + c; }
//// expect built
//// expect replaced f: changed at a.c:3
//// expect carries second
//// expect carries third
//// expect carries new
//// expect needs b
//// expect needs c
//// expect not-needs second

A variable moves to another source file and can be seen by all: a new one there would not have the
value of the target's.
//// base a.c
static int n;
int a(int x) { return n += x; }
//// base b.c
int b(int x) { return x * 3; }
//// patched a.c
extern int n;
int a(int x) { return n += x; }
//// patched b.c
int n;
int b(int x) { return x * 3 + n; }
//// expect refused
//// expect refused defined-elsewhere n

A variable moves to another source file, with the function that uses it: a new one there would not
have the value of the target's.
//// base a.c
static int count;
int shared;
int a(int x) { return (count += x) + ++shared; }
int d(int x) { return x * 7; }
//// base b.c
int b(int x) { return x * 3; }
//// patched a.c
int d(int x) { return x * 7; }
//// patched b.c
static int count;
int shared;
int a(int x) { return (count += x) + ++shared; }
int b(int x) { return a(x) * 3; }
//// expect refused
//// expect refused defined-elsewhere a
//// expect refused defined-elsewhere count
//// expect refused defined-elsewhere shared

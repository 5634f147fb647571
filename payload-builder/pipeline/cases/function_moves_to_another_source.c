A function moves to another source file and changes on the way: nobody calls the new one where the
target has the old one.
//// base a.c
int b(int x);
int a(int x) { return b(x) * x + 1000; }
//// base b.c
int d(int x) { return x * 7; }
int b(int x) { return x * 3 + x * x * 11; }
//// base c.c
int e(int x) { return x * 9; }
//// patched b.c
int d(int x) { return x * 7; }
//// patched c.c
int e(int x) { return x * 9; }
int b(int x) { return x * 5 + x * x * 13; }
//// expect refused
//// expect refused defined-elsewhere b

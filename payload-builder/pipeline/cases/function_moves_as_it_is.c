A function moves to another source file as it is: the target has it, wherever it is written.
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
int b(int x) { return x * 3 + x * x * 11; }
//// expect nothing-to-patch

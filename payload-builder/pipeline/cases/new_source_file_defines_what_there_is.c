The fix adds a source file that defines a function which the target has: who calls it there cannot
be made to call the new one.
//// base Makefile
obj-y += a.o
obj-y += b.o
//// base a.c
int b(int x);
int a(int x) { return b(x) * x + 1000; }
//// base b.c
int b(int x) { return x * 3; }
//// patched Makefile
obj-y += a.o
obj-y += b.o
obj-y += c.o
//// patched c.c
int b(int x) { return x * 5; }
//// expect refused
//// expect refused defined-elsewhere b

The fix adds a source file, and no two others of its folder say how it is compiled.
//// base Makefile
obj-y += a.o
//// base a.c
int a(int x) { return x + 1; }
//// patched Makefile
obj-y += a.o c.o
//// patched a.c
int clamp(int x);
int a(int x) { return clamp(x) + 1; }
//// patched c.c
int clamp(int x) { return x & 3; }
//// expect refused
//// expect refused no-compile-command

The build no longer compiles a file: a livepatch cannot take code out.
//// base Makefile
obj-y += a.o b.o
//// base a.c
int a(int x) { return x + 1; }
//// base b.c
int b(int x) { return x * 3; }
//// patched Makefile
obj-y += a.o
//// removed b.c
//// expect refused
//// expect refused build-file b.o
//// expect refused no-compile-command

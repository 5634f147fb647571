A makefile changes how code is compiled: what that does cannot be told.
//// base Makefile
obj-y += a.o
CFLAGS += -O2
//// base a.c
int a(int x) { return x + 1; }
//// patched Makefile
obj-y += a.o
CFLAGS += -O3
//// patched a.c
int a(int x) { return x + 2; }
//// expect refused
//// expect refused build-file

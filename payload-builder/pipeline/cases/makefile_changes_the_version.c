A makefile changes the version that the target tells of itself: a payload does not.
//// base Makefile
export EXTRAVERSION ?= .3
obj-y += a.o
//// base a.c
int a(int x) { return x + 1; }
//// patched Makefile
export EXTRAVERSION ?= .4-pre
obj-y += a.o
//// expect refused
//// expect refused build-file

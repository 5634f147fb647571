//// base a.c
int value;
int f(int x) { return x + value; }
//// patched a.c
unsigned long value;
int f(int x) { return x + value; }
//// expect refused
//// expect refused type-of-live-data-changed value

Boot is over: nobody reads the constant again.
//// base a.c
const int limits[5] = {10, 20, 30, 40, 50};
int first(int x) { return x * 9; }
//// base b.c
extern const int limits[5];
__attribute__((section(".init.text"))) int start(unsigned i) { return limits[i % 5]; }
//// patched a.c
const int limits[5] = {10, 20, 30, 44, 50};
int first(int x) { return x * 9; }
//// expect nothing-to-patch
//// expect note it ran at boot and is gone; it refers to constant limits
//// expect note limits: its value changes, and it is not carried: no code that still runs refers to it

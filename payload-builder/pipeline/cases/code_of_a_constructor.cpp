What runs before main inlined the changed function too; it ran at boot and is not replaced.
//// base a.cpp
int volatile input = 3;
static int seed(int x) { return x * 7; }
int started = seed(input);
int use(int x) { return seed(x) + started; }
//// patched a.cpp
int volatile input = 3;
static int seed(int x) { return x * 9; }
int started = seed(input);
int use(int x) { return seed(x) + started; }
//// expect built
//// expect note _GLOBAL__sub_I_a.cpp
//// expect replaced use(int): inlines seed, changed at a.cpp:2

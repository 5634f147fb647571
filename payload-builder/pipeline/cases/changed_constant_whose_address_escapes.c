A reader in another file keeps the address: the payload says that it must stay loaded.
//// base a.c
const int limits[5] = {10, 20, 30, 40, 50};
int limit(unsigned i) { return limits[i % 5]; }
//// base b.c
extern const int limits[5];
const int *current;
void choose(int all) { current = all ? limits : 0; }
//// patched a.c
const int limits[5] = {10, 20, 30, 44, 50};
int limit(unsigned i) { return limits[i % 5]; }
//// expect built
//// expect replaced limit: refers to constant limits, changed at a.c:1
//// expect replaced choose: refers to constant limits, changed at a.c:1
//// expect carries limits
//// expect escapes limits: is stored in current by choose

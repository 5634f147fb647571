What the linker dropped as unused is not held against the unit.
//// flags -ffunction-sections -fdata-sections
//// link --gc-sections -u f
//// base a.c
int unused(int x) { return x * 3; }
const int unusedTable[2] = {4, 5};
int kept;
int f(int x) { return x * 7 + kept; }
//// patched a.c
int unused(int x) { return x * 3; }
const int unusedTable[2] = {4, 5};
int kept;
int f(int x) { return x * 8 + kept; }
//// expect built
//// expect replaced f: changed at a.c:4

//// base a.c
int f(int x) { return x * 1234567 + 1; }
//// patched a.c
static const char many[3 << 20] = {1, 2, 3};
int f(int x) { return x + many[x]; }
//// expect refused
//// expect replaced f: changed at a.c:2
//// expect refused payload-too-large payload

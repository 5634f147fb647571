Outside data and calls reached through the global offset table, which the linker made shorter.
//// compilers clang
//// flags -fno-direct-access-external-data -fno-plt
//// base a.c
extern int outside;
extern int ask(int x);
int f(int x) { return x * 7 + outside; }
int untouched(int x) { return ask(x) + outside; }
int tail(int x) { return ask(x); }
//// base b.c
int outside;
int ask(int x) { return x + outside; }
//// patched a.c
extern int outside;
extern int ask(int x);
int f(int x) { return x * 8 + outside; }
int untouched(int x) { return ask(x) + outside; }
int tail(int x) { return ask(x); }
//// expect built
//// expect replaced f: changed at a.c:3

An attribute that is written as the standard has it counts as one in double parentheses does.
//// flags -std=gnu2x
//// base a.c
int g(int x);
int f(int x) { return g(x) + g(x); }
int g(int x) { return x * 3 + x % 7; }
int h(int x) { return x ^ 9; }
//// patched a.c
int g(int x);
int f(int x) { return g(x) + g(x); }
[[gnu::noinline]] int g(int x) { return x * 3 + x % 7; }
[[gnu::used]] int h(int x) { return x ^ 9; }
//// expect built
//// expect replaced f: inlines g, changed at a.c:3
//// expect needs g

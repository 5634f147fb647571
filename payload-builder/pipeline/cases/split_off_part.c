gcc inlines the beginning of a function and calls the rest of it.
//// compilers gcc
//// base a.c
extern void slow(int), slower(int, int);
int sum;
int check(int x) { if (__builtin_expect(x < 10, 1)) return x; slow(x); slower(x, 3); slow(x + 1); slower(x + 2, 4); sum += x; slow(x + 3); slower(x + 4, 1); slow(x * 5); return x - 1; }
int f(int x) { return check(x) + 1; }
int g(int x) { return check(x + 1) + 2; }
//// base b.c
int seen;
void slow(int x) { seen += x; }
void slower(int x, int y) { seen += x * y; }
//// patched a.c
extern void slow(int), slower(int, int);
int sum;
int check(int x) { if (__builtin_expect(x < 10, 1)) return x; slow(x); slower(x, 3); slow(x + 1); slower(x + 2, 4); sum += x; slow(x + 3); slower(x + 4, 1); slow(x * 6); return x - 1; }
int f(int x) { return check(x) + 1; }
int g(int x) { return check(x + 1) + 2; }
//// expect built
//// expect replaced check.part.0: clone of check, changed at a.c:3

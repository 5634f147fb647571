//// compilers gcc
//// base a.c
struct pair { int a, b; };
int sum;
static __attribute__((noinline)) int first(const struct pair *p, int unused) { sum += p->a; return p->a * 3; }
int f(struct pair *p) { return first(p, 1) + 1; }
int g(struct pair *p) { return first(p, 2) + 2; }
//// patched a.c
struct pair { int a, b; };
int sum;
static __attribute__((noinline)) int first(const struct pair *p, int unused) { sum += p->a; return p->a * 5; }
int f(struct pair *p) { return first(p, 1) + 1; }
int g(struct pair *p) { return first(p, 2) + 2; }
//// expect built
//// expect replaced first.constprop.0.isra.0: clone of first, changed at a.c:3

//// base a.c
extern int a(int), b(int), c(int), d(int), e(int);
int dispatch(int kind, int x) {
  switch (kind) {
  case 0: return a(x);
  case 1: return b(x) + 1;
  case 2: return c(x) + 2;
  case 3: return d(x) + 3;
  case 4: return e(x) + 4;
  case 5: return a(x) + b(x);
  }
  return 0;
}
//// base b.c
int a(int x) { return x; }
int b(int x) { return x + 10; }
int c(int x) { return x + 20; }
int d(int x) { return x + 30; }
int e(int x) { return x + 40; }
//// patched a.c
extern int a(int), b(int), c(int), d(int), e(int);
int dispatch(int kind, int x) {
  switch (kind) {
  case 0: return a(x);
  case 1: return b(x) + 1;
  case 2: return c(x) + 2;
  case 3: return d(x) + 3;
  case 4: return e(x) + 4;
  case 5: return a(x) + b(x);
  case 6: return c(x) - d(x);
  }
  return 0;
}
//// expect built
//// expect replaced dispatch: changed at a.c:
//// expect needs a
//// expect needs e

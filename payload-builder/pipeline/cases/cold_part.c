The unlikely part of a function lies in a section of its own and comes along.
//// compilers gcc
//// base a.c
extern void report(int code) __attribute__((cold));
int counter;
int f(int x) {
  counter += x;
  if (__builtin_expect(x < 0, 0)) {
    report(x);
    report(x + 1);
    return -1;
  }
  return counter;
}
//// base b.c
int seen;
void report(int code) { seen = code; }
//// patched a.c
extern void report(int code) __attribute__((cold));
int counter;
int f(int x) {
  counter += x;
  if (__builtin_expect(x < 0, 0)) {
    report(x);
    report(x + 2);
    return -2;
  }
  return counter;
}
//// expect built
//// expect replaced f: changed at a.c:
//// expect carries f.cold

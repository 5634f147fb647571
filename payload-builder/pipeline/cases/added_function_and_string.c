//// base a.c
extern void print(const char *text, int value);
int f(int x) { print("old %d", x); return x; }
//// base b.c
int last;
void print(const char *text, int value) { last = text[value & 1]; }
//// patched a.c
extern void print(const char *text, int value);
__attribute__((noinline)) static int check(int x) {
  print("checked %d", x);
  return x > 100;
}
int f(int x) {
  if (check(x))
    print("too large %d", x);
  print("old %d", x);
  return x;
}
//// expect built
//// expect replaced f: changed at a.c:6
//// expect carries check
//// expect carries checked %d
//// expect carries too large %d
//// expect needs print

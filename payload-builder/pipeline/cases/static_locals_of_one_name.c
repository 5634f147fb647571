Static locals of one name in one function keep their storage each: their lines tell them apart.
//// base a.c
int f(int x) {
  if (x & 1) {
    static int warned;
    x += warned++;
  } else {
    static int warned;
    x -= warned++;
  }
  return x * 3;
}
//// patched a.c
int f(int x) {
  if (x & 1) {
    static int warned;
    x += warned++;
  } else {
    static int warned;
    x -= warned++;
  }
  return x * 5;
}
//// expect built
//// expect replaced f: changed

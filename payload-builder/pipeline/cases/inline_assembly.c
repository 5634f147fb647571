The text of inline assembly changes.
//// base a.c
unsigned long f(unsigned long x) {
  asm volatile("add $1, %0" : "+r"(x));
  return x * 5;
}
//// patched a.c
unsigned long f(unsigned long x) {
  asm volatile("add $3, %0" : "+r"(x));
  return x * 5;
}
//// expect built
//// expect replaced f: changed at a.c:2

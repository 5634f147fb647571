Code that assembly puts out of line with .subsection has no symbol and no relocation leads to it; it
belongs to the function, with its table entries.
//// base a.c
#define FAIL_UNLESS_ZERO(x)                                                                        \
  asm volatile("testl %0, %0\njnz 1f\n.subsection 1\n1: ud2\n"                                     \
               ".pushsection .bug_frames.1, \"a\"\n.p2align 2\n2: .long 1b - 2b, %c1 - 2b\n"       \
               ".popsection\n.subsection 0" : : "r"(x), "i"("a.c"))
int f(int x) {
  FAIL_UNLESS_ZERO(x);
  return x + 1;
}
int g(int x) {
  FAIL_UNLESS_ZERO(x);
  return x + 2;
}
//// patched a.c
#define FAIL_UNLESS_ZERO(x)                                                                        \
  asm volatile("testl %0, %0\njnz 1f\n.subsection 1\n1: ud2\n"                                     \
               ".pushsection .bug_frames.1, \"a\"\n.p2align 2\n2: .long 1b - 2b, %c1 - 2b\n"       \
               ".popsection\n.subsection 0" : : "r"(x), "i"("a.c"))
int f(int x) {
  FAIL_UNLESS_ZERO(x);
  return x + 3;
}
int g(int x) {
  FAIL_UNLESS_ZERO(x);
  return x + 2;
}
//// expect built
//// expect replaced f: changed at a.c:
//// expect entries 1 .bug_frames.1
//// expect bytes f 0f0b

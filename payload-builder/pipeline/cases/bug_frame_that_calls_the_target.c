An entry has 24 bits for the distance to the function that it names, and the target is further away.
//// base a.c
void show(void) { asm volatile("nop; nop; nop; nop"); }
#define CALL(function)                                                                             \
  asm volatile("1: ud2\n.pushsection .bug_frames.0, \"a\"\n.p2align 2\n2: .long 1b - 2b\n"         \
               ".long %c0 - 2b\n.popsection" : : "i"(function))
int f(int x) {
  CALL(show);
  return x + 1;
}
//// patched a.c
void show(void) { asm volatile("nop; nop; nop; nop"); }
#define CALL(function)                                                                             \
  asm volatile("1: ud2\n.pushsection .bug_frames.0, \"a\"\n.p2align 2\n2: .long 1b - 2b\n"         \
               ".long %c0 - 2b\n.popsection" : : "i"(function))
int f(int x) {
  CALL(show);
  return x + 2;
}
//// expect built
//// expect replaced f: changed at a.c:
//// expect entries 1 .bug_frames.0
//// expect carries jump for a bug frame
//// expect needs show

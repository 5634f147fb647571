Each function has entries in the tables beside code; those of the replaced one come along, with the
code that they lead to, and no others.
//// base a.h
#define ALTERNATIVE                                                                                \
  asm volatile("1: .byte 0x0f, 0x1f, 0x00\n"                                                       \
               ".pushsection .altinstr_replacement, \"ax\"\n2: stac\n3: .popsection\n"             \
               ".pushsection .altinstructions, \"a\"\n"                                            \
               ".long 1b - ., 2b - .\n.word 7\n.byte 3, 3b - 2b, 0, 0\n.popsection")
#define EMPTY_ALTERNATIVE                                                                          \
  asm volatile("1: lfence\n.pushsection .altinstr_replacement, \"ax\"\n2: .popsection\n"           \
               ".pushsection .altinstructions, \"a\"\n"                                            \
               ".long 1b - ., 2b - .\n.word 8\n.byte 3, 0, 0, 0\n.popsection")
#define TRAP(line)                                                                                 \
  asm volatile("1: ud2\n.pushsection .bug_frames.2, \"a\"\n.p2align 2\n2: .long 1b - 2b\n"         \
               ".long %c0 - 2b + (%c1 << 24)\n.popsection"                                         \
               : : "i"(__FILE__), "i"(line))
static inline int load(const int *p) {
  int value, error = 0;
  asm volatile("1: movl %2, %0\n2:\n.pushsection .fixup, \"ax\"\n3: movl $-14, %1\n"               \
               "xorl %0, %0\njmp 2b\n.popsection\n"                                                \
               ".pushsection .ex_table, \"a\"\n.balign 4\n.long 1b - ., 3b - .\n.popsection"       \
               : "=r"(value), "+r"(error) : "m"(*p));
  return error ? error : value;
}
//// base a.c
#include "a.h"
int f(const int *p) {
  ALTERNATIVE;
  EMPTY_ALTERNATIVE;
  if (!p)
    TRAP(5);
  return load(p) + 1;
}
int g(const int *p) {
  ALTERNATIVE;
  EMPTY_ALTERNATIVE;
  if (!p)
    TRAP(6);
  return load(p) * 3;
}
//// patched a.c
#include "a.h"
int f(const int *p) {
  ALTERNATIVE;
  EMPTY_ALTERNATIVE;
  if (!p)
    TRAP(5);
  return load(p) + 2;
}
int g(const int *p) {
  ALTERNATIVE;
  EMPTY_ALTERNATIVE;
  if (!p)
    TRAP(6);
  return load(p) * 3;
}
//// expect built
//// expect replaced f: changed at a.c:
//// expect entries 2 .altinstructions
//// expect entries 1 .altinstr_replacement
//// expect entries 1 .bug_frames.2
//// expect entries 1 .ex_table
//// expect entries 1 .fixup
//// expect carries a.c
//// expect not-needs g

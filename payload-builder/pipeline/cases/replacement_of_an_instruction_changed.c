The function's own bytes stay the same; what boot puts in their place does not.
//// base a.c
#define ALTERNATIVE(byte)                                                                          \
  asm volatile("1: nop\n.pushsection .altinstr_replacement, \"ax\"\n2: .byte " byte "\n3: .popsection\n" \
               ".pushsection .altinstructions, \"a\"\n"                                            \
               ".long 1b - ., 2b - .\n.word 7\n.byte 1, 3b - 2b, 0, 0\n.popsection")
int f(int x) {
  ALTERNATIVE("0xf4");
  return x + 1;
}
int g(int x) {
  ALTERNATIVE("0xf4");
  return x + 2;
}
//// patched a.c
#define ALTERNATIVE(byte)                                                                          \
  asm volatile("1: nop\n.pushsection .altinstr_replacement, \"ax\"\n2: .byte " byte "\n3: .popsection\n" \
               ".pushsection .altinstructions, \"a\"\n"                                            \
               ".long 1b - ., 2b - .\n.word 7\n.byte 1, 3b - 2b, 0, 0\n.popsection")
int f(int x) {
  ALTERNATIVE("0xfb");
  return x + 1;
}
int g(int x) {
  ALTERNATIVE("0xf4");
  return x + 2;
}
//// expect built
//// expect replaced f: changed at a.c:
//// expect entries 1 .altinstructions

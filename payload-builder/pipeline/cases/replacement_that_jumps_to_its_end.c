A replacement runs in another place: its end is where the code behind that place goes on.
//// base a.c
#define ALTERNATIVE(code)                                                                          \
  asm volatile("1: .skip 16, 0x90\n"                                                               \
               ".pushsection .altinstr_replacement, \"ax\"\n2: " code "\n3: .popsection\n"         \
               ".pushsection .altinstructions, \"a\"\n"                                            \
               ".long 1b - ., 2b - .\n.word 7\n.byte 16, 3b - 2b, 0, 0\n.popsection" ::            \
                   : "ecx")
int f(int x) {
  ALTERNATIVE("lfence");
  return x + 1;
}
int g(int x) {
  ALTERNATIVE("mfence");
  return x + 2;
}
//// patched a.c
#define ALTERNATIVE(code)                                                                          \
  asm volatile("1: .skip 16, 0x90\n"                                                               \
               ".pushsection .altinstr_replacement, \"ax\"\n2: " code "\n3: .popsection\n"         \
               ".pushsection .altinstructions, \"a\"\n"                                            \
               ".long 1b - ., 2b - .\n.word 7\n.byte 16, 3b - 2b, 0, 0\n.popsection" ::            \
                   : "ecx")
int f(int x) {
  ALTERNATIVE("call 4f; int3; 4: cmp $1, %%ecx; je 3f; lfence");
  return x + 1;
}
int g(int x) {
  ALTERNATIVE("mfence");
  return x + 2;
}
//// expect built
//// expect replaced f: changed at a.c:
//// expect entries 1 .altinstructions
//// expect bytes .altinstr_replacement e801000000cc83f90174030faee8

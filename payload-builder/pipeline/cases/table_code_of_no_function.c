//// base a.c
int f(int x) {
  asm volatile("nop\n.pushsection .altinstr_replacement, \"ax\"\n.byte 0x90\n.popsection");
  return x + 1;
}
//// patched a.c
int f(int x) {
  asm volatile("nop\n.pushsection .altinstr_replacement, \"ax\"\n.byte 0xcc\n.popsection");
  return x + 1;
}
//// expect refused
//// expect refused code-table-changed .altinstr_replacement

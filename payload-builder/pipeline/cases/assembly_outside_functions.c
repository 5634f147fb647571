//// base a.c
asm(".pushsection .text.g, \"ax\"\n.globl g\ng: movl $1, %eax\nret\n.popsection");
int f(int x) { return x * 3; }
//// patched a.c
asm(".pushsection .text.g, \"ax\"\n.globl g\ng: movl $2, %eax\nret\n.popsection");
int f(int x) { return x * 3; }
//// expect refused
//// expect refused assembly-file

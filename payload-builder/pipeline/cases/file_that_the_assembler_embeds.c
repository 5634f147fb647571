A file that inline assembly takes in with .incbin is part of the target, though no unit reads it.
//// base a.c
asm(".pushsection .rodata\n.globl blob\nblob: .incbin \"blob.txt\"\n.popsection");
extern const char blob[];
int f(int x) { return blob[x]; }
//// base blob.txt
hello
//// base notes.txt
old
//// patched blob.txt
world
//// patched notes.txt
new
//// expect refused assembly-file blob.txt

The assembler numbers its own labels by the macros that it expands; which number a string has does not matter.
//// base a.c
int f(int x) { return x + 1; }
//// base note.h
.macro note text
  .pushsection .rodata.str1.1, "aMS", @progbits, 1
.Ltext\@:
  .asciz "\text"
  .popsection
  lea .Ltext\@(%rip), %rax
.endm
//// base entry.S
#include "note.h"
  .text
  .globl entry
entry:
  note "one"
  note "two"
  ret
//// patched note.h
.macro place text, label
  .pushsection .rodata.str1.1, "aMS", @progbits, 1
\label:
  .asciz "\text"
  .popsection
.endm
.macro note text
  place "\text", .Ltext\@
  lea .Ltext\@(%rip), %rax
.endm
//// expect nothing-to-patch
//// expect dismissed entry.S: it assembles to the same code

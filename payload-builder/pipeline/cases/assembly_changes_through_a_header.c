A header changes what assembly assembles to: code without bounds, which cannot be replaced.
//// base shared.h
#define DEPTH 8
//// base a.c
#include "shared.h"
int entry(void);
int a(int x) { return x < DEPTH ? x : entry(); }
//// base entry.S
#include "shared.h"
.text
.globl entry
before:
    ret
entry:
    mov $DEPTH, %eax
    ret
//// patched shared.h
#define DEPTH 16
//// expect refused
//// expect refused assembly-file entry

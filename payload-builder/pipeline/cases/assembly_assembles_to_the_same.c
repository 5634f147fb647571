A header changes how assembly is written, and not what it assembles to: only the C code is replaced.
//// base shared.h
#define LIMIT 8
#define CLEAR(register) xor register, register
//// base a.c
#include "shared.h"
int entry(void);
int a(int x) { return x < LIMIT ? x : entry(); }
//// base entry.S
#include "shared.h"
.text
.globl entry
entry:
    CLEAR(%eax)
    ret
//// base untouched.S
#include "shared.h"
.text
.globl untouched
untouched:
    ret
//// patched shared.h
#define LIMIT 16
#define CLEAR(register) xorl register, register
//// expect built
//// expect replaced a: changed at a.c:3
//// expect dismissed entry.S: it assembles to the same code

A macro of the assembler that C uses is written otherwise, and expands to the same code.
//// base macros.h
#if 0
.if 0
#endif
asm(".include \"macros.h\"");
#if 0
.endif
.macro CLEAR_RESULT
    xor %eax, %eax
.endm
.macro WAIT
    pause
.endm
#endif
//// base a.c
#include "macros.h"
int a(int x) { asm volatile("CLEAR_RESULT" : : : "eax"); return x; }
//// base b.c
#include "macros.h"
int b(int x) { asm volatile("WAIT"); return x; }
//// patched macros.h
#if 0
.if 0
#endif
asm(".include \"macros.h\"");
#if 0
.endif
.macro CLEAR_RESULT
    xorl %eax, %eax
.endm
.macro WAIT
    pause
.endm
#endif
//// expect nothing-to-patch
//// expect dismissed a.c: it assembles to the same code
//// expect dismissed b.c: uses no macro of the assembler that changes in macros.h

A macro of the assembler that C uses changes: no source of a C function says so.
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
    mov $1, %eax
.endm
.macro WAIT
    pause
.endm
#endif
//// expect refused
//// expect refused assembly-file a

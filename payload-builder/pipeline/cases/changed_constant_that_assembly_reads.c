//// base a.c
const int limits[5] = {10, 20, 30, 40, 50};
int limit(unsigned i) { return limits[i % 5]; }
//// base b.S
        .text
        .globl first
        .type first, @function
first:
        mov     limits(%rip), %eax
        ret
        .size first, . - first
        .section .note.GNU-stack, "", @progbits
//// patched a.c
const int limits[5] = {10, 20, 30, 44, 50};
int limit(unsigned i) { return limits[i % 5]; }
//// expect refused
//// expect refused initializer-of-live-data-changed limits

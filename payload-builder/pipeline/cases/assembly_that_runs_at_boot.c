Assembly changes in a section that is gone after boot.
//// base a.c
int a(int x) { return x; }
//// base head.S
.section .init.text, "ax"
.globl start
start:
    mov $1, %eax
    ret
//// patched head.S
.section .init.text, "ax"
.globl start
start:
    mov $2, %eax
    ret
//// expect refused
//// expect refused init-only-change start

// SPDX-License-Identifier: Apache-2.0
// Where other CPUs start: copied to a page below 1 MiB, entered in real mode with CS = page / 16.
// The page behind it holds TrampolineParameters (boot/trampoline.h), so that the code's own page
// needs no write. Sources: APM vol.2 14.6 (entering long mode), 14.7.2 (SIPI state).

    .file "trampoline.S"

#define PARAMETERS 0x1000
#define P_GDT_POINTER PARAMETERS + 0
#define P_FAR_POINTER PARAMETERS + 8
#define P_ROOT PARAMETERS + 16
#define P_STACK PARAMETERS + 24
#define P_ENTRY PARAMETERS + 32
#define P_ARGUMENT PARAMETERS + 40

    .section .rodata.trampoline, "a", @progbits
    .globl trampolineStart
    .globl trampolineLongMode
    .globl trampolineEnd
    .hidden trampolineStart
    .hidden trampolineLongMode
    .hidden trampolineEnd
    .balign 16
    .code16
trampolineStart:
    cli
    cld
    movw %cs, %ax
    movw %ax, %ds
    lgdtl P_GDT_POINTER
    movl %cr4, %eax
    orl $0x20, %eax             // PAE
    movl %eax, %cr4
    movl P_ROOT, %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx      // EFER
    rdmsr
    orl $0x900, %eax            // LME, NXE
    wrmsr
    movl $0x80010011, %eax      // PG, WP, ET, PE; caches on
    movl %eax, %cr0
    ljmpl *P_FAR_POINTER

    .balign 16
    .code64
trampolineLongMode:
    movl $16, %eax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    leaq trampolineStart + PARAMETERS(%rip), %rbx
    movq 24(%rbx), %rsp
    movq 40(%rbx), %rdi
    xorl %ebp, %ebp
    movq 32(%rbx), %rax
    callq *%rax
    ud2
trampolineEnd:

    .section .note.GNU-stack, "", @progbits

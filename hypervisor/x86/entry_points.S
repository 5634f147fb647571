// SPDX-License-Identifier: Apache-2.0
// Entries of all 256 vectors. Each pushes what the processor did not (a zero for a missing error
// code), its number, all registers, and calls interruptEntry(Frame *). Source: APM vol.2 8.9.3.

    .file "entry_points.S"

    .section .text.unpatchable, "ax", @progbits

    .macro vectorEntry number
    .balign 16
.Lvector\number:
    // Exceptions with an error code: APM vol.2 8.2 (8, 10 to 14, 17, 21, 29, 30).
    .if !(\number == 8 || (\number >= 10 && \number <= 14) || \number == 17 || \number == 21 || \number == 29 || \number == 30)
    pushq $0
    .endif
    pushq $\number
    jmp commonEntry
    .endm

    .altmacro
    .macro entryOf number
    vectorEntry \number
    .endm
    .set i, 0
    .rept 256
    entryOf %i
    .set i, i + 1
    .endr

    .type commonEntry, @function
commonEntry:
    pushq %r15
    pushq %r14
    pushq %r13
    pushq %r12
    pushq %r11
    pushq %r10
    pushq %r9
    pushq %r8
    pushq %rbp
    pushq %rdi
    pushq %rsi
    pushq %rdx
    pushq %rcx
    pushq %rbx
    pushq %rax
    cld
    movq %rsp, %rdi
    // A frame for backtraces: return address (where it happened) and old frame pointer.
    pushq 136(%rsp)
    pushq %rbp
    movq %rsp, %rbp
    callq interruptEntry
    addq $16, %rsp
    popq %rax
    popq %rbx
    popq %rcx
    popq %rdx
    popq %rsi
    popq %rdi
    popq %rbp
    popq %r8
    popq %r9
    popq %r10
    popq %r11
    popq %r12
    popq %r13
    popq %r14
    popq %r15
    addq $16, %rsp
    iretq
    .size commonEntry, . - commonEntry

    .section .rodata.vectorEntries, "a", @progbits
    .balign 8
    .globl vectorEntries
    .hidden vectorEntries
    .type vectorEntries, @object
vectorEntries:
    .macro pointerTo number
    .quad .Lvector\number
    .endm
    .set i, 0
    .rept 256
    pointerTo %i
    .set i, i + 1
    .endr
    .size vectorEntries, . - vectorEntries

    .section .note.GNU-stack, "", @progbits

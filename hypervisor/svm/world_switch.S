// SPDX-License-Identifier: Apache-2.0
// runGuest(vmcb, registers, hostState): see world_switch.h.

    .file "world_switch.S"

    .section .text.unpatchable, "ax", @progbits
    .globl runGuest
    .hidden runGuest
    .type runGuest, @function
runGuest:
    pushq %rbp
    movq %rsp, %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushq %rdx
    pushq %rsi

    movq %rdi, %rax
    movq (%rsi), %rbx
    movq 8(%rsi), %rcx
    movq 16(%rsi), %rdx
    movq 32(%rsi), %rdi
    movq 40(%rsi), %rbp
    movq 48(%rsi), %r8
    movq 56(%rsi), %r9
    movq 64(%rsi), %r10
    movq 72(%rsi), %r11
    movq 80(%rsi), %r12
    movq 88(%rsi), %r13
    movq 96(%rsi), %r14
    movq 104(%rsi), %r15
    movq 24(%rsi), %rsi

    // With GIF clear nothing gets in between; IF must be set for an interrupt to end the guest's
    // turn (APM vol.2 15.21.1: V_INTR_MASKING).
    clgi
    sti
    vmload %rax
    vmrun %rax
    // Here with GIF clear, RAX as before VMRUN.
    vmsave %rax
    cli

    pushq %rsi
    movq 8(%rsp), %rsi
    movq %rbx, (%rsi)
    movq %rcx, 8(%rsi)
    movq %rdx, 16(%rsi)
    popq 24(%rsi)
    movq %rdi, 32(%rsi)
    movq %rbp, 40(%rsi)
    movq %r8, 48(%rsi)
    movq %r9, 56(%rsi)
    movq %r10, 64(%rsi)
    movq %r11, 72(%rsi)
    movq %r12, 80(%rsi)
    movq %r13, 88(%rsi)
    movq %r14, 96(%rsi)
    movq %r15, 104(%rsi)
    popq %rsi
    popq %rax
    vmload %rax
    stgi

    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    retq
    .size runGuest, . - runGuest

    .section .note.GNU-stack, "", @progbits

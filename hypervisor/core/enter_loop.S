// SPDX-License-Identifier: Apache-2.0
// enterLoop(Cpu *): the loop, from the top of the CPU's stack, whatever was on it.

    .file "enter_loop.S"

    .section .text.unpatchable, "ax", @progbits
    .globl enterLoop
    .hidden enterLoop
    .type enterLoop, @function
enterLoop:
    movq 8(%rdi), %rsp          // Cpu::stackTop
    xorl %ebp, %ebp
    pushq $0                    // where backtraces end
    jmp cpuLoop
    .size enterLoop, . - enterLoop

    .section .note.GNU-stack, "", @progbits

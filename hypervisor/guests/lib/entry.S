// SPDX-License-Identifier: Apache-2.0
// Where a guest starts: PVH's 32-bit state, from there to long mode with the first GiB mapped at its
// own addresses (less of it is memory), then guestMain(). Also the handlers of interrupts and faults.

    .file "entry.S"

    .section .note.Xen, "a", @note
    .balign 4
    .long 4
    .long 4
    .long 18                    // XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .long guestEntry

    .section .text.entry, "ax", @progbits
    .code32
    .globl guestEntry
guestEntry:
    movl $stackTop, %esp
    movl $tableL3 + 3, tableL4
    movl $tableL2 + 3, tableL3
    movl $tableL2, %edi
    movl $0x83, %eax            // present, writable, 2 MiB
    movl $512, %ecx
1:  movl %eax, (%edi)
    addl $8, %edi
    addl $0x200000, %eax
    decl %ecx
    jnz 1b
    movl $0x20, %eax            // PAE
    movl %eax, %cr4
    movl $tableL4, %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx      // EFER
    rdmsr
    orl $0x100, %eax            // LME
    wrmsr
    movl $0x80000011, %eax      // PG, ET, PE
    movl %eax, %cr0
    lgdt gdtPointer
    ljmpl $8, $2f
    .code64
2:  movl $16, %eax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    xorl %ebp, %ebp
    callq guestMain
3:  movl $3, %eax               // hypercall::exit
    xorl %edi, %edi
    vmmcall
    jmp 3b

    // void timerEntry(): an interrupt that only ends a HLT.
    .globl timerEntry
    .balign 16
timerEntry:
    iretq

    // uint64_t faultOf(void (*action)()): the vector of the #UD or #GP that action raised, or 0.
    .globl faultOf
faultOf:
    pushq %rbp
    movq %rsp, %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushq %r15
    movq %rsp, faultStack(%rip)
    callq *%rdi
    xorl %eax, %eax
9:  popq %r15
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    retq

    .globl invalidOpcodeEntry
    .globl generalProtectionEntry
invalidOpcodeEntry:
    movl $6, %eax
    jmp 8f
generalProtectionEntry:
    movl $13, %eax
8:  movq faultStack(%rip), %rsp
    leaq 48(%rsp), %rbp
    jmp 9b

    .section .rodata, "a", @progbits
    .balign 8
gdt:
    .quad 0
    .quad 0x00209b0000000000
    .quad 0x0000930000000000
gdtPointer:
    .word gdtPointer - gdt - 1
    .long gdt

    .section .bss, "aw", @nobits
    .balign 4096
tableL4: .skip 4096
tableL3: .skip 4096
tableL2: .skip 4096
    .skip 16384
stackTop:
faultStack: .skip 8

    .section .note.GNU-stack, "", @progbits

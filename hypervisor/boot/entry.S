// SPDX-License-Identifier: Apache-2.0
// The way in: a PVH loader calls pvhEntry in 32-bit protected mode without paging, EBX the machine
// address of hvm_start_info. Paging is switched on with the rights that stay: code RX, constants R,
// data RW. Sources: Xen docs/misc/pvh.pandoc (entry state), APM vol.2 14.6 (entering long mode),
// 5.3 (tables).

    .file "entry.S"

#define IMAGE_BASE 0xffffffff80000000
#define PHYS(symbol) (symbol - IMAGE_BASE)

#define PRESENT 1
#define WRITABLE 2
#define LARGE 0x80
#define NO_EXECUTE_HIGH 0x80000000

    .section .note.Xen, "a", @note
    .balign 4
    .long 4             // size of the owner
    .long 4             // size of the description
    .long 18            // XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .long PHYS(pvhEntry)

    .section .text.entry, "ax", @progbits
    .code32
    .globl pvhEntry
    .hidden pvhEntry
    .type pvhEntry, @function
pvhEntry:
    cli
    cld
    movl $PHYS(bootStackTop), %esp

    // Identity: only this page, for the jump out of it.
    movl $PHYS(bootIdentityL3) + PRESENT + WRITABLE, PHYS(bootTop)
    movl $PHYS(bootIdentityL2) + PRESENT + WRITABLE, PHYS(bootIdentityL3)
    movl $PHYS(bootIdentityL1) + PRESENT + WRITABLE, PHYS(bootIdentityL2) + 8
    movl $PHYS(imageStart) + PRESENT, PHYS(bootIdentityL1)

    // Direct map: the first 4 GiB in large pages, writable, not executable. It lasts until
    // buildPageTables() replaces it.
    movl $PHYS(bootDirectL3) + PRESENT + WRITABLE, PHYS(bootTop) + 256 * 8
    movl $PHYS(bootDirectL3), %edi
    movl $PHYS(bootDirectL2) + PRESENT + WRITABLE, %eax
    movl $4, %ecx
1:  movl %eax, (%edi)
    addl $8, %edi
    addl $4096, %eax
    decl %ecx
    jnz 1b
    movl $PHYS(bootDirectL2), %edi
    movl $PRESENT + WRITABLE + LARGE, %eax
    movl $4 * 512, %ecx
2:  movl %eax, (%edi)
    movl $NO_EXECUTE_HIGH, 4(%edi)
    addl $8, %edi
    addl $0x200000, %eax
    decl %ecx
    jnz 2b

    // The image: 4 KiB pages, four tables of them.
    movl $PHYS(bootImageL3) + PRESENT + WRITABLE, PHYS(bootTop) + 511 * 8
    movl $PHYS(bootImageL2) + PRESENT + WRITABLE, PHYS(bootImageL3) + 510 * 8
    movl $PHYS(bootImageL2) + 8, %edi
    movl $PHYS(bootImageL1) + PRESENT + WRITABLE, %eax
    movl $4, %ecx
3:  movl %eax, (%edi)
    addl $8, %edi
    addl $4096, %eax
    decl %ecx
    jnz 3b
    movl $PHYS(bootImageL1), %edi
    movl $PHYS(imageStart), %eax
4:  movl %eax, %edx
    orl $PRESENT, %edx
    xorl %ecx, %ecx
    cmpl $PHYS(textEnd), %eax
    jb 5f
    movl $NO_EXECUTE_HIGH, %ecx
    cmpl $PHYS(rodataEnd), %eax
    jb 5f
    cmpl $PHYS(dataEnd), %eax
    jae 5f
    orl $WRITABLE, %edx
5:  movl %edx, (%edi)
    movl %ecx, 4(%edi)
    addl $8, %edi
    addl $4096, %eax
    cmpl $PHYS(imageEnd), %eax
    jb 4b

    movl %cr4, %eax
    orl $0x20, %eax             // PAE
    movl %eax, %cr4
    movl $PHYS(bootTop), %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx      // EFER
    rdmsr
    orl $0x900, %eax            // LME, NXE
    wrmsr
    movl $0x80010011, %eax      // PG, WP, ET, PE; caches on
    movl %eax, %cr0
    lgdt PHYS(bootGdtPointer)
    ljmpl $8, $PHYS(6f)

    .code64
6:  movabsq $7f, %rax
    jmpq *%rax
7:  movl $16, %eax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movabsq $bootStackTop, %rsp
    xorl %ebp, %ebp
    movl %ebx, %edi
    callq startHypervisor
8:  cli
    hlt
    jmp 8b
    .size pvhEntry, . - pvhEntry

    // In this page too: it is the only one that is mapped at its machine address.
    .balign 8
bootGdt:
    .quad 0
    .quad 0x00209b0000000000    // 64-bit code
    .quad 0x0000930000000000    // data
bootGdtPointer:
    .word bootGdtPointer - bootGdt - 1
    .long PHYS(bootGdt)

    .section .bss.boot, "aw", @nobits
    .balign 4096
bootTop:        .skip 4096
bootIdentityL3: .skip 4096
bootIdentityL2: .skip 4096
bootIdentityL1: .skip 4096
bootDirectL3:   .skip 4096
bootDirectL2:   .skip 4 * 4096
bootImageL3:    .skip 4096
bootImageL2:    .skip 4096
bootImageL1:    .skip 4 * 4096
bootStack:      .skip 4 * 4096
bootStackTop:

    .section .note.GNU-stack, "", @progbits

An assembly source changes in comments, white space and names of local labels alone.
//// base a.c
int entry(void);
int a(int x) { return x ? x : entry(); }
//// base entry.S
.text
.globl entry
entry:
    test %edi, %edi
    jz .Lzero
    ret
.Lzero:
    xor %eax, %eax
    ret
//// patched entry.S
.text
.globl entry
entry: /* One argument. */
    test %edi, %edi
    jz .Ldone

    ret
.Ldone:
    xor %eax, %eax
    ret
//// expect nothing-to-patch
//// expect dismissed entry.S: it assembles to the same code

//// base a.c
int x;
int f(int y) { asm volatile("jmp 1f\n.byte 0x06, 0xea\n.long x - .\n1:"); return y + 1; }
//// patched a.c
int x;
int f(int y) { asm volatile("jmp 1f\n.byte 0x06, 0xea\n.long x - .\n1:"); return y + 2; }
//// expect refused
//// expect replaced f: changed at a.c:2
//// expect refused undecodable-code f

A header that the offsets for assembly are made of changes, and the offsets do not: assembly does
not stand in the way.
//// make offsets.h
//// base Makefile
offsets.h: offsets.s
	sed -n 's/.*==>\(.*\)<==.*/\1/p' offsets.s > $@
offsets.s: offsets.in
	$(CC) -O2 -MMD -MF .offsets.s.d -x c -S -o $@ offsets.in
//// base offsets.in
#include "shared.h"
void offsets(void) {
  asm volatile("\n.ascii \"==>#define ENTRY_DEPTH %c0<==\"" : : "i"(DEPTH > 4 ? 4 : DEPTH));
}
//// base shared.h
enum { DEPTH = 8 };
//// base a.c
#include "shared.h"
int entry(void);
int a(int x) { return x < DEPTH ? x : entry(); }
//// base b.c
#include "shared.h"
int b(int x) { return x; }
//// base entry.S
#include "offsets.h"
.text
.globl entry
entry:
    mov $ENTRY_DEPTH, %eax
    ret
//// patched shared.h
enum { DEPTH = 16 };
//// expect built
//// expect replaced a: changed at a.c:3
//// expect dismissed offsets.h: made anew of offsets.s, it is the same

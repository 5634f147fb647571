Assembly reads what the compiler makes of C headers: a changed value there is found, and what leads
to it is not mistaken for harmless.
//// make offsets.h
//// base Makefile
offsets.h: offsets.s
	sed -n 's/.*==>\(.*\)<==.*/\1/p' offsets.s > $@
offsets.s: offsets.in
	$(CC) -O2 -MMD -MF .offsets.s.d -x c -S -o $@ offsets.in
//// base offsets.in
#include "shared.h"
void offsets(void) {
  asm volatile("\n.ascii \"==>#define ENTRY_DEPTH %c0<==\"" : : "i"(DEPTH));
}
//// base shared.h
enum { DEPTH = 8 };
#define LIMIT 1
//// base a.c
#include "shared.h"
int entry(void);
int a(int x) { return x < LIMIT ? x : entry(); }
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
#define LIMIT 1
//// expect refused
//// expect refused assembly-file entry

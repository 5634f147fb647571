A header that units read is made by a script of another file: it is made anew of what the fix makes
of that, comments included.
//// make features.h
//// base Makefile
features.h: features.list make-features.sh
	sh make-features.sh < features.list > $@
//// base make-features.sh
sed -n 's,^FEATURE \([A-Z]*\) \([0-9]*\) /[*]\([A-Z]*\)[*]/$,#define \1 \2\n#define \1_FOR "\3",p'
//// base features.list
FEATURE LIMIT 8 /*A*/
FEATURE DEPTH 3 /*S*/
//// base a.c
#include "features.h"
int a(int x) { return x < LIMIT ? x : -1; }
const char *limitFor(void) { return LIMIT_FOR; }
int depth(void) { return DEPTH; }
//// base b.c
#include "features.h"
int b(int x) { return x * DEPTH; }
//// patched features.list
FEATURE LIMIT 16 /*B*/
FEATURE DEPTH 3 /*S*/
//// expect built
//// expect replaced a: changed at a.c:2
//// expect replaced limitFor: changed at a.c:3
//// expect dismissed b.c: mentions nothing of what changes in features.h

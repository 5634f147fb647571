The script that makes a header changes: the header is made anew with the new script.
//// make features.h
//// base Makefile
features.h: features.list make-features.sh
	sh make-features.sh < features.list > $@
//// base make-features.sh
sed -n 's,^FEATURE \([A-Z]*\) \([0-9]*\)$,#define \1 \2,p'
//// base features.list
FEATURE LIMIT 8
//// base a.c
#include "features.h"
int a(int x) { return x < LIMIT ? x : -1; }
//// patched make-features.sh
sed -n 's,^FEATURE \([A-Z]*\) \([0-9]*\)$,#define \1 (\2 * 4),p'
//// expect built
//// expect replaced a: changed at a.c:2

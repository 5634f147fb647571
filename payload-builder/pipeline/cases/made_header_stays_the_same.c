What the build makes of a changed file does not change.
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
//// patched features.list
Limits of all kinds.
FEATURE LIMIT 8
//// expect nothing-to-patch
//// expect dismissed features.h: made anew of features.list, it is the same

A made header comes out differently even of the unchanged source: what the fix makes of it cannot
be told.
//// make features.h
//// base Makefile
features.h: features.list
	sed -n 's,^FEATURE ,#define ,p' features.list > $@
	echo "#define UNIQUE_`mktemp -u XXXXXXXXXX`" >> $@
//// base features.list
FEATURE LIMIT 8
//// base a.c
#include "features.h"
int a(int x) { return x < LIMIT ? x : -1; }
//// patched features.list
FEATURE LIMIT 16
//// expect refused
//// expect refused build-file features.h

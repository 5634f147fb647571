The changed line has no pragma; the text of one hangs on it.
//// compilers gcc
//// base level.h
#define LEVEL "O2"
//// base a.c
#include "level.h"
#define PRAGMA(text) _Pragma(#text)
#define OPTIMIZE(level) PRAGMA(GCC optimize (level))
OPTIMIZE(LEVEL)
int f(int x) { return x / 10; }
//// patched level.h
#define LEVEL "Os"
//// expect built
//// expect replaced f: changed at a.c:4

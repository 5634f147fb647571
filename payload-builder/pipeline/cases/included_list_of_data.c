A file of any name that a unit includes is source.
//// base a.c
static const unsigned char blob[] = {
#include "blob.dat"
};
int f(int x) { return blob[x]; }
//// base blob.dat
1, 2, 3, 4
//// patched blob.dat
1, 2, 3, 5
//// expect built
//// expect replaced f: refers to constant blob

A changed template is replaced once for each instantiation, in the copy that the linker kept.
//// base h.h
extern int factor;
template <typename T> __attribute__((noinline)) T scaled(T value) { return value * factor; }
//// base a.cpp
#include "h.h"
int factor = 3;
int a(int x) { return scaled(x) + 1; }
//// base b.cpp
#include "h.h"
int b(int x) { return scaled(x) + 2; }
long c(long x) { return scaled(x) + 3; }
//// patched h.h
extern int factor;
template <typename T> __attribute__((noinline)) T scaled(T value) { return value * factor + 9; }
//// expect built
//// expect replaced int scaled<int>(int): changed at h.h:2
//// expect replaced long scaled<long>(long): changed at h.h:2

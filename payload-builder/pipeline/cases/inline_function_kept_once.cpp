The linker keeps one copy of an inline function: it is replaced once.
//// base h.h
struct Counter {
  int value = 0;
  __attribute__((noinline)) int next() { return ++value; }
};
//// base a.cpp
#include "h.h"
int a(Counter &c) { return c.next() + 1; }
//// base b.cpp
#include "h.h"
int b(Counter &c) { return c.next() + 2; }
//// patched h.h
struct Counter {
  int value = 0;
  __attribute__((noinline)) int next() { return value += 3; }
};
//// expect built
//// expect replaced Counter::next(): changed at h.h:3

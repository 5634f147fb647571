A lambda's call operator is a function like any other.
//// base a.cpp
extern int sink;
using Callback = int (*)(int);
Callback pick() { return [](int x) { return x + sink; }; }
int apply(int x) { auto local = [x](int y) { return x * y + sink; }; return local(3); }
int sink;
//// patched a.cpp
extern int sink;
using Callback = int (*)(int);
Callback pick() { return [](int x) { return x > 9 ? 9 : x + sink; }; }
int apply(int x) { auto local = [x](int y) { return x * y - sink; }; return local(3); }
int sink;
//// expect built
//// expect replaced apply(int): inlines apply(int)::$_0::operator(), changed at a.cpp:4
//// expect replaced pick()::$_0::__invoke(int): inlines pick()::$_0::operator(), changed at a.cpp:3

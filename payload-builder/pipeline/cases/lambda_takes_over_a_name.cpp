A lambda that is put before another takes over its name; pointers to the other are out there.
//// base a.cpp
extern int sink;
using Callback = int (*)(int);
Callback pick(int) { return [](int x) { return x * 3 + sink; }; }
int sink;
//// patched a.cpp
extern int sink;
using Callback = int (*)(int);
Callback pick(int kind) {
  if (kind)
    return [](int x) { return x * 5 - sink; };
  return [](int x) { return x * 3 + sink; };
}
int sink;
//// expect refused
//// expect refused ambiguous-target-symbol pick(int)::(anonymous class)::operator()

A global that takes code to initialise needs a constructor, which nobody calls in a payload.
//// base a.cpp
int seed(int x) { return x * 7; }
int use(int x) { return seed(x); }
//// patched a.cpp
int seed(int x);
int started = seed(3);
int seed(int x) { return x * 7; }
int use(int x) { return seed(x) + started; }
//// expect refused
//// expect refused global-constructor started

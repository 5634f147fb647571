The same code, and a variable of another size: a type is not what the source says.
//// base a.c
struct state { int a, b; };
struct state state;
int f(int x) { return state.a * x; }
//// built a.c
struct state { int a, other, b; };
struct state state;
int f(int x) { return state.a * x; }
//// patched a.c
struct state { int a, b; };
struct state state;
int f(int x) { return state.a * x + state.b; }
//// expect refused
//// expect replaced f: changed at a.c:3
//// expect refused reproduction-mismatch state

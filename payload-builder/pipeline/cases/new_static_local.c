A new static local has storage in the payload, its neighbour keeps the target's.
//// compilers clang
//// base a.c
int f(int x) { static int calls; calls += x; return calls; }
//// patched a.c
int f(int x) { static int calls; static int most = 4; calls += x; if (x > most) most = x; return calls + most; }
//// expect built
//// expect replaced f: changed at a.c:1
//// expect carries f.most
//// expect drops f.calls
//// expect needs f.calls

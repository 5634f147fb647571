//// base a.c
int f(int x) { return x * 3 + (x >> 2); }
//// patched a.c
_Thread_local int last;
int f(int x) { last = x; return x * 3 + (x >> 2); }
//// expect refused
//// expect replaced f: changed at a.c:2
//// expect refused thread-local-data .tbss.last
//// expect refused unsupported-relocation f

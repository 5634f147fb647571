//// base a.c
int x;
__attribute__((section(".text.unpatchable"), noinline)) int path(int y) { return x + y; }
//// patched a.c
int x;
__attribute__((section(".text.unpatchable"), noinline)) int path(int y) { return x - y; }
//// expect refused
//// expect refused unpatchable-function path

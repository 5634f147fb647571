A linker script decides where everything lies, which no payload can change: refused by name.
//// base a.c
int f(int x) { return x + 1; }
//// base target.lds
SECTIONS { .text : { *(.text) } }
//// patched a.c
int f(int x) { return x + 2; }
//// patched target.lds
SECTIONS { .text : { *(.text.hot) *(.text) } }
//// expect refused
//// expect refused linker-script

//// base a.c
void nothing(void) {}
//// patched a.c
int x;
void nothing(void) { x = 1; }
//// expect refused
//// expect refused function-too-small nothing

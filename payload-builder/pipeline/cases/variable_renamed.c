A variable gets another name: the new one would not have the value that the old one has in the
running target. One that is new beside others is no concern.
//// base a.c
static int count;
int level;
static char flag;
int a(int x) { return count += x; }
int b(int x) { return level * x + flag; }
//// base b.c
extern int level;
int set(int x) { return level = x; }
//// patched a.c
static int total;
int depth;
static int other;
int a(int x) { return total += x; }
int b(int x) { return depth * x + ++other; }
//// patched b.c
extern int depth;
int set(int x) { return depth = x; }
//// expect refused
//// expect refused live-data-replaced total
//// expect refused live-data-replaced depth
//// expect refused live-data-replaced other

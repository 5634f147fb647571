A variable is new and another is gone, of another size: nothing speaks for their being the same but
that one function uses the one where it used the other.
//// base a.c
static char flag;
int a(int x) { return flag ? x : x * 3; }
int b(int x) { flag = x > 3; return x * 7; }
//// patched a.c
static long count;
int a(int x) { return count > 4 ? x : x * 3; }
int b(int x) { count += x > 3; return x * 7; }
//// expect built
//// expect replaced a: changed at a.c:2
//// expect replaced b: changed at a.c:3
//// expect carries count
//// expect note count: new, with its initial value; a uses it, and no longer flag, which is gone

Local names that occur in several units bind to the right one.
//// base one/util.c
static int state = 1;
__attribute__((noinline)) static int helper(int x) { return x + state++; }
int one(int x) { return helper(x) * 5 + state; }
//// base two/util.c
static int state = 2;
__attribute__((noinline)) static int helper(int x) { return x - state++; }
int two(int x) { return helper(x) * 3 + state; }
//// patched two/util.c
static int state = 2;
__attribute__((noinline)) static int helper(int x) { return x - state++; }
int two(int x) { return helper(x) + 40 + state; }
//// expect built
//// expect replaced two: changed at two/util.c:3
//// expect needs helper
//// expect needs state

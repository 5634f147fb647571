//// base a.c
extern int sink;
int f(int x) { sink += x; return x * 3; }
int sink;
//// patched a.c
extern int sink;
static int seen = 5;
static int zeros[16];
static const int primes[5] = {2, 3, 5, 7, 11};
int f(int x) { sink += x; zeros[x & 15] += seen++; return x * primes[x & 3]; }
int sink;
//// expect built
//// expect replaced f: changed at a.c:5
//// expect carries seen
//// expect carries zeros
//// expect carries primes

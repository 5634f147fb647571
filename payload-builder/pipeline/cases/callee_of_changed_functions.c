What the compiler makes of a local function hangs on all that call it: a changed caller more or less changes the others.
//// base a.c
static int mix(int x) {
  for (int i = 0; i < 9; i++)
    x = x * 31 + (x ^ i) / 7 + (x << 3) % 11 + (x | 64) / 13 + (x ^ 12345) % 17;
  return x;
}
int stays(int x) { return mix(x) + 1; }
int moves(int x) { return mix(x) * 3; }
int apart(int x) { return x + 1; }
//// patched a.c
static int mix(int x) {
  for (int i = 0; i < 9; i++)
    x = x * 31 + (x ^ i) / 7 + (x << 3) % 11 + (x | 64) / 13 + (x ^ 12345) % 17;
  return x;
}
int stays(int x) { return mix(x) + 1; }
int moves(int x) { return x * 3; }
int apart(int x) { return x + 1; }
//// expect built
//// expect replaced moves: changed
//// expect replaced stays: shares mix with moves, changed at a.c:7

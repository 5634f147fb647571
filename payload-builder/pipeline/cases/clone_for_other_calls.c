A clone is made for the calls that it gets: a changed caller changes it, and it all that call it.
//// compilers gcc
//// base a.c
struct gate { int owner, level, depth; unsigned long when; };
static __attribute__((noinline)) int take(struct gate *gate, int level, int again, int unit) {
  if (again && gate->owner == unit) { ++gate->depth; return 1; }
  while (gate->owner) ;
  gate->owner = unit; gate->level = level * unit; gate->when += level;
  return 0;
}
int f(struct gate *gate) { return take(gate, 3, 0, 7) + 1; }
int g(struct gate *gate, int level) { return take(gate, level, 0, 7) + 2; }
int h(struct gate *gate) { return take(gate, 5, 0, 7) + 3; }
//// patched a.c
struct gate { int owner, level, depth; unsigned long when; };
static __attribute__((noinline)) int take(struct gate *gate, int level, int again, int unit) {
  if (again && gate->owner == unit) { ++gate->depth; return 1; }
  while (gate->owner) ;
  gate->owner = unit; gate->level = level * unit; gate->when += level;
  return 0;
}
int f(struct gate *gate) { return take(gate, 3, 0, 7) + 1; }
int g(struct gate *gate, int level) { return take(gate, level, 0, 7) + 2; }
int h(struct gate *gate) { return take(gate, 5, 1, 7) + 3; }
//// expect built
//// expect replaced h: changed
//// expect replaced take.constprop.0: specialized for its callers, of which h changed
//// expect replaced f: relies on registers, constants or purity of take.constprop.0
//// expect replaced g: relies on registers, constants or purity of take.constprop.0

A clone of a changed function that is gone changes those that called it by way of another function.
//// compilers gcc
//// base a.c
struct gate { int owner, level, depth; unsigned long when[8]; };
static __attribute__((noinline)) int low(struct gate *gate, int level, int unit) {
  while (gate->owner) gate->depth += level;
  gate->when[0] = gate->when[3] / (level | 1) + unit * gate->when[5] % (level | 1);
  gate->when[1] = gate->when[4] / (level | 2) + unit * gate->when[6] % (level | 3);
  gate->when[2] = gate->when[5] / (level | 3) + unit * gate->when[7] % (level | 5);
  gate->when[3] = gate->when[6] / (level | 4) + unit * gate->when[0] % (level | 7);
  gate->when[4] = gate->when[7] / (level | 5) + unit * gate->when[1] % (level | 9);
  gate->when[5] = gate->when[0] / (level | 6) + unit * gate->when[2] % (level | 11);
  gate->when[6] = gate->when[1] / (level | 7) + unit * gate->when[3] % (level | 13);
  gate->when[7] = gate->when[2] / (level | 8) + unit * gate->when[4] % (level | 15);
  gate->when[0] = gate->when[3] / (level | 9) + unit * gate->when[5] % (level | 17);
  gate->when[1] = gate->when[4] / (level | 10) + unit * gate->when[6] % (level | 19);
  gate->when[2] = gate->when[5] / (level | 11) + unit * gate->when[7] % (level | 21);
  gate->when[3] = gate->when[6] / (level | 12) + unit * gate->when[0] % (level | 23);
  return gate->depth;
}
static inline int enter(struct gate *gate, int level) { return low(gate, level, 7); }
int f(struct gate *gate) { return enter(gate, gate->owner) + 1; }
int g(struct gate *gate, int level) { return enter(gate, level) + 2; }
int h(struct gate *gate) { return enter(gate, gate->depth) * 3; }
//// patched a.c
struct gate { int owner, level, depth; unsigned long when[8]; };
static inline __attribute__((always_inline)) int low(struct gate *gate, int level, int unit) {
  while (gate->owner) gate->depth += level;
  gate->when[0] = gate->when[3] / (level | 1) + unit * gate->when[5] % (level | 1);
  gate->when[1] = gate->when[4] / (level | 2) + unit * gate->when[6] % (level | 3);
  gate->when[2] = gate->when[5] / (level | 3) + unit * gate->when[7] % (level | 5);
  gate->when[3] = gate->when[6] / (level | 4) + unit * gate->when[0] % (level | 7);
  gate->when[4] = gate->when[7] / (level | 5) + unit * gate->when[1] % (level | 9);
  gate->when[5] = gate->when[0] / (level | 6) + unit * gate->when[2] % (level | 11);
  gate->when[6] = gate->when[1] / (level | 7) + unit * gate->when[3] % (level | 13);
  gate->when[7] = gate->when[2] / (level | 8) + unit * gate->when[4] % (level | 15);
  gate->when[0] = gate->when[3] / (level | 9) + unit * gate->when[5] % (level | 17);
  gate->when[1] = gate->when[4] / (level | 10) + unit * gate->when[6] % (level | 19);
  gate->when[2] = gate->when[5] / (level | 11) + unit * gate->when[7] % (level | 21);
  gate->when[3] = gate->when[6] / (level | 12) + unit * gate->when[0] % (level | 23);
  return gate->depth;
}
static inline int enter(struct gate *gate, int level) { return low(gate, level, 7); }
int f(struct gate *gate) { return enter(gate, gate->owner) + 1; }
int g(struct gate *gate, int level) { return enter(gate, level) + 2; }
int h(struct gate *gate) { return enter(gate, gate->depth) * 3; }
//// expect built
//// expect replaced f: relies on registers, constants or purity of enter -> low, changed at a.c:2
//// expect replaced g: relies on registers, constants or purity of enter -> low, changed at a.c:2
//// expect replaced h: relies on registers, constants or purity of enter -> low, changed at a.c:2
//// expect carries enter

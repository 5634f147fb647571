A constant with the address of one that changes is another one, too, in whatever file its readers are.
//// base a.c
const int limits[5] = {10, 20, 30, 40, 50};
//// base b.c
extern const int limits[5];
struct set {
  const int *values;
  int count;
};
const struct set sets[2] = {{limits, 5}, {limits + 1, 4}};
//// base c.c
struct set {
  const int *values;
  int count;
};
extern const struct set sets[2];
int countOf(unsigned i) { return sets[i & 1].count; }
//// base d.c
int unrelated(int x) { return x * 3; }
//// patched a.c
const int limits[5] = {10, 20, 30, 44, 50};
//// expect built
//// expect replaced countOf: refers to constant sets, changed at b.c
//// expect carries limits
//// expect carries sets

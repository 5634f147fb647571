//// base a.c
int limit = 8;
int table[8];
int get(unsigned index) { return table[index]; }
int twice(unsigned index) { return get(index) * 2 + limit; }
//// patched a.c
int limit = 8;
int table[8];
int get(unsigned index) {
  if (index >= 8)
    return -1;
  return table[index];
}
int twice(unsigned index) { return get(index) * 2 + limit; }
//// expect built
//// expect replaced get: changed at a.c:3
//// expect replaced twice: inlines get, changed at a.c:3
//// expect needs table
//// expect needs limit

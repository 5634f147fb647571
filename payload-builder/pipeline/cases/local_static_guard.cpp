A local static's guard and storage stay the target's: it is not constructed twice.
//// base a.cpp
int seed();
struct Table { Table(); int size; int lookup(int x) const; };
int lookup(int x) { static Table table; return table.lookup(x) + seed(); }
Table::Table() : size(seed()) {}
int Table::lookup(int x) const { return x % size; }
int seed() { return 7; }
//// patched a.cpp
int seed();
struct Table { Table(); int size; int lookup(int x) const; };
int lookup(int x) { static Table table; return x < 0 ? 0 : table.lookup(x) + seed(); }
Table::Table() : size(seed()) {}
int Table::lookup(int x) const { return x % size; }
int seed() { return 7; }
//// expect built
//// expect replaced lookup(int): changed at a.cpp:3
//// expect needs _ZGVZ6lookupiE5table
//// expect needs _ZZ6lookupiE5table.0

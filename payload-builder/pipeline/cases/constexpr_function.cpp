A constexpr function leaves only its value in its callers.
//// base a.cpp
constexpr int limit() { return 4; }
extern int table[16];
int get(int index) { return index < limit() ? table[index] : -1; }
int table[16];
//// patched a.cpp
constexpr int limit() { return 8; }
extern int table[16];
int get(int index) { return index < limit() ? table[index] : -1; }
int table[16];
//// expect built
//// expect replaced get(int): changed at a.cpp:3

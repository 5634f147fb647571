A string in a function's body: the new one is carried, the unchanged one too since strings are not
bound.
//// base a.c
void print(const char *text);
void f(int x) { print(x ? "one way" : "another way"); }
void print(const char *text) { asm volatile("" : : "r"(text)); }
//// patched a.c
void print(const char *text);
void f(int x) { print(x ? "one way" : "yet another way"); }
void print(const char *text) { asm volatile("" : : "r"(text)); }
//// expect built
//// expect replaced f: changed at a.c:2
//// expect carries yet another way
//// expect drops another way

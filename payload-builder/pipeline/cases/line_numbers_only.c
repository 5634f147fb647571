//// base a.c
extern void bug(const char *file, int line);
#define BUG() bug(__FILE__, __LINE__)
int f(int x) { if (x == 3) BUG(); return x; }
#ifdef NOT_DEFINED
int never;
#endif
int g(int x) { if (x == 4) BUG(); return x + 1; }
//// base b.c
int last;
void bug(const char *file, int line) { last = line + file[0]; }
//// patched a.c


extern void bug(const char *file, int line);
/* A comment
   of two lines. */
#define BUG() bug(__FILE__, __LINE__)
int f(int x) { if (x == 3) BUG(); return x; }
#ifdef NOT_DEFINED
int never;
int ever;
#endif
int g(int x) { if (x == 4) BUG(); return x + 1; }
//// expect nothing-to-patch

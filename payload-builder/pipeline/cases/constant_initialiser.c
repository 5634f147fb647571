A changed constant object is carried with the functions that refer to it.
//// base a.c
struct limits { int low, high; };
static const struct limits limits = {.low = 1, .high = 9};
const struct limits *get(void) { return &limits; }
int other(int x) { return x + 1; }
//// patched a.c
struct limits { int low, high; };
static const struct limits limits = {.low = 1, .high = 12};
const struct limits *get(void) { return &limits; }
int other(int x) { return x + 1; }
//// expect built
//// expect replaced get: refers to constant limits, changed at a.c:2
//// expect carries limits
//// expect escapes limits: is returned by get

A constructor's symbols are replaced, each of them.
//// base a.cpp
extern int live;
struct Guard { Guard(int by); ~Guard(); int by; };
Guard::Guard(int by) : by(by) { live += by; }
Guard::~Guard() { live -= by; }
int use(int x) { Guard guard(x); return live; }
int live;
//// patched a.cpp
extern int live;
struct Guard { Guard(int by); ~Guard(); int by; };
Guard::Guard(int by) : by(by < 0 ? 0 : by) { live += this->by; }
Guard::~Guard() { live -= by; }
int use(int x) { Guard guard(x); return live; }
int live;
//// expect built
//// expect replaced Guard::Guard(int): changed at a.cpp:3
//// expect replaced use(int): inlines Guard::Guard, changed at a.cpp:3

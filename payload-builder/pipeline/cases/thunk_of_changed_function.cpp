A thunk has a copy of the body that it adjusts `this` for, and no declaration of its own.
//// base a.cpp
struct Reader { virtual int read(int) = 0; int a = 1; };
struct Writer { virtual int write(int) = 0; int b = 2; };
struct Port : Reader, Writer {
  int read(int x) override;
  int write(int x) override;
  int c = 3;
};
int Port::read(int x) { return x + a + c; }
int Port::write(int x) { return x - b - c; }
int use(Writer *writer) { return writer->write(4); }
Writer *make() { static Port port; return &port; }
//// patched a.cpp
struct Reader { virtual int read(int) = 0; int a = 1; };
struct Writer { virtual int write(int) = 0; int b = 2; };
struct Port : Reader, Writer {
  int read(int x) override;
  int write(int x) override;
  int c = 3;
};
int Port::read(int x) { return x + a + c; }
int Port::write(int x) { return x < 0 ? 0 : x - b - c; }
int use(Writer *writer) { return writer->write(4); }
Writer *make() { static Port port; return &port; }
//// expect built
//// expect replaced Port::write(int): changed at a.cpp:9
//// expect replaced non-virtual thunk to Port::write(int): inlines Port::write, changed at a.cpp:9

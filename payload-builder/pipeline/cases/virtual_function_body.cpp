The body of a virtual function changes: the vtable that objects point at stays the target's.
//// base a.cpp
struct Device {
  virtual int read(int address);
  virtual int write(int address);
  int port = 0;
};
int Device::read(int address) { return address + port; }
int Device::write(int address) { return address - port; }
int use(Device *device) { return device->read(1); }
Device *make() { static Device device; return &device; }
//// patched a.cpp
struct Device {
  virtual int read(int address);
  virtual int write(int address);
  int port = 0;
};
int Device::read(int address) { return address < 0 ? -1 : address + port; }
int Device::write(int address) { return address - port; }
int use(Device *device) { return device->read(1); }
Device *make() { static Device device; return &device; }
//// expect built
//// expect replaced Device::read(int): changed at a.cpp:6
//// expect drops vtable for Device

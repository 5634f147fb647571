An added virtual function moves the others: objects that exist have the old vtable.
//// base a.cpp
struct Device { virtual int read(int address); virtual int write(int address); };
int Device::read(int address) { return address; }
int Device::write(int address) { return -address; }
int use(Device *device) { return device->write(1); }
//// patched a.cpp
struct Device { virtual int read(int address); virtual int reset(); virtual int write(int address); };
int Device::read(int address) { return address; }
int Device::reset() { return 0; }
int Device::write(int address) { return -address; }
int use(Device *device) { return device->write(1); }
//// expect refused
//// expect refused vtable-layout-changed Device

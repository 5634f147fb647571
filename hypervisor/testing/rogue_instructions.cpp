// SPDX-License-Identifier: Apache-2.0
// Tries what belongs to a hypervisor; each try says which fault it raised. Then asks for a
// hypercall that does not exist, and for a timer with a bad vector.

#include "hypervisor/guests/lib/guest.h"

using namespace suture::guest;

namespace {

void vmrun() { asm volatile("vmrun %%rax" : : "a"(0x1000)); }
void vmsave() { asm volatile("vmsave %%rax" : : "a"(0x1000) : "memory"); }
void stgi() { asm volatile("stgi"); }
void xsetbv() { asm volatile("xsetbv" : : "a"(7), "c"(0), "d"(0)); }
template <uint32_t Msr> void write() {
  asm volatile("wrmsr" : : "c"(Msr), "a"(0xffffffff), "d"(0xffffffff));
}
template <uint32_t Msr> void read() {
  uint32_t low, high;
  asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(Msr));
}

void tryIt(std::string_view name, void (*action)()) {
  print(name);
  print(": exception ");
  print(faultOf(action));
  print("\n");
}

} // namespace

void guestMain() {
  prepareTimer();
  tryIt("vmrun", vmrun);
  tryIt("vmsave", vmsave);
  tryIt("stgi", stgi);
  tryIt("xsetbv", xsetbv);
  tryIt("write VM_HSAVE_PA", write<0xc0010117>);
  tryIt("write APIC base", write<0x1b>);
  tryIt("write EFER with reserved bits", write<0xc0000080>);
  tryIt("write PAT with reserved types", write<0x277>);
  tryIt("write MSR deadbeef", write<0xdeadbeef>);
  tryIt("read MSR deadbeef", read<0xdeadbeef>);
  tryIt("read EFER", read<0xc0000080>);
  print("hypercall 99: ");
  print(static_cast<uint64_t>(-hypercall(99)));
  print("\ntimer vector 3: ");
  print(static_cast<uint64_t>(-hypercall(2, 0, 3)));
  print("\n");
  end(7);
}

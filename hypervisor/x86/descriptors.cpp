// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/x86/descriptors.h"

#include "hypervisor/x86/instructions.h"
#include "hypervisor/x86/registers.h"

namespace suture::hv::x86 {
namespace {

// APM vol.2 4.8.1 and 4.8.2: present, DPL 0, code (long) and writable data.
constexpr uint64_t codeDescriptor = 0x00209b0000000000;
constexpr uint64_t dataDescriptor = 0x0000930000000000;
// APM vol.2 4.8.3: present, available 64-bit TSS.
constexpr uint64_t tssType = uint64_t{0x89} << 40;

/// Loads CS by a far return, and the data segments.
void reloadSegments() {
  asm volatile("pushq %0\n"
               "leaq 1f(%%rip), %%rax\n"
               "pushq %%rax\n"
               "lretq\n"
               "1: movw %1, %%ds\n"
               "movw %1, %%es\n"
               "movw %1, %%ss\n"
               "xorl %%eax, %%eax\n"
               "movw %%ax, %%fs\n"
               "movw %%ax, %%gs\n"
               :
               : "i"(selector::code), "r"(selector::data)
               : "rax", "memory");
}

} // namespace

void DescriptorTables::load(const std::array<uint64_t, ist::count> &interruptStackTops,
                            const std::array<InterruptGate, 256> &gates) {
  tss_ = {};
  for (size_t i = 0; i < ist::count; ++i)
    tss_.interruptStack[i] = interruptStackTops[i];
  tss_.ioMapBase = sizeof(Tss);

  const auto base = reinterpret_cast<uint64_t>(&tss_);
  const uint64_t limit = sizeof(Tss) - 1;
  gdt_[selector::code / 8] = codeDescriptor;
  gdt_[selector::data / 8] = dataDescriptor;
  gdt_[selector::tss / 8] = limit | (base & 0xffffff) << 16 | tssType | (base >> 24 & 0xff) << 56;
  gdt_[selector::tss / 8 + 1] = base >> 32;

  const TablePointer gdt{sizeof(gdt_) - 1, reinterpret_cast<uint64_t>(gdt_.data())};
  const TablePointer idt{sizeof(gates) - 1, reinterpret_cast<uint64_t>(gates.data())};
  asm volatile("lgdt %0" : : "m"(gdt));
  reloadSegments();
  asm volatile("ltr %0" : : "r"(selector::tss));
  asm volatile("lidt %0" : : "m"(idt));
}

} // namespace suture::hv::x86

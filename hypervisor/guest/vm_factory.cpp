// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/guest/vm_factory.h"

#include "hypervisor/boot/start_info.h"
#include "hypervisor/guest/cpio.h"
#include "hypervisor/guest/guest_pages.h"
#include "hypervisor/guest/permission_maps.h"
#include "hypervisor/log/log.h"
#include "hypervisor/memory/address_space.h"
#include "hypervisor/memory/layout.h"
#include "hypervisor/x86/registers.h"

#include <cstring>
#include <new>

namespace suture::hv {
namespace {

// Where the guest finds its start information; a guest's own segments lie above.
constexpr GuestPhys startInfoAt{0x6000};
constexpr GuestPhys memoryMapAt{0x6100};
constexpr GuestPhys commandLineAt{0x6200};

using Pages = GuestPages<PageAllocator>;

/// 2^order pages of zeros.
std::optional<HvPhys> zeroedPages(Pages &pages, unsigned order) {
  auto block = pages.take(order);
  if (block)
    std::memset(layout::direct<void>(*block), 0, pageSize << order);
  return block;
}

/// Nested page tables in the guest's own pages.
class NestedTables final {
public:
  NestedTables(PageAllocator &allocator, Pages &pages) : direct_{allocator}, pages_{pages} {}

  [[nodiscard]] uint64_t load(HvPhys entry) const { return direct_.load(entry); }
  void store(HvPhys entry, uint64_t value) { direct_.store(entry, value); }
  std::optional<HvPhys> allocateTable() { return zeroedPages(pages_, 0); }

private:
  DirectMemory direct_;
  Pages &pages_;
};

/// Intercepts: everything that could reach outside of the guest. APM vol.2 15.9.
void fillControl(svm::ControlArea &control, const Vm &vm, uint32_t asid) {
  namespace i1 = svm::intercept1;
  namespace i2 = svm::intercept2;
  control.interceptExceptions = 1u << x86::vector::machineCheck;
  control.intercept1 = i1::intr | i1::nmi | i1::smi | i1::init | i1::rdpmc | i1::cpuid | i1::invd |
                       i1::hlt | i1::invlpga | i1::io | i1::msr | i1::taskSwitch | i1::ferrFreeze |
                       i1::shutdown;
  control.intercept2 = i2::vmrun | i2::vmmcall | i2::vmload | i2::vmsave | i2::stgi | i2::clgi |
                       i2::skinit | i2::wbinvd | i2::monitor | i2::mwait | i2::mwaitArmed |
                       i2::xsetbv;
  control.ioMap = vm.ioMap.value;
  control.msrMap = vm.msrMap.value;
  control.asid = asid;
  control.virtualInterrupt = svm::virtual_interrupt::masking;
  control.nestedControl = 1;
  control.nestedRoot = vm.nestedRoot.value;
}

/// The state that PVH promises: 32-bit protected mode, flat segments, no paging, EBX the start
/// information. Xen docs/misc/pvh.pandoc.
void fillState(Vcpu &vcpu, GuestPhys entry) {
  constexpr uint16_t flatCode = 0xc9b;
  constexpr uint16_t flatData = 0xc93;
  constexpr uint16_t busyTss = 0x08b;
  constexpr uint16_t ldt = 0x082;
  svm::SaveArea &save = vcpu.vmcb.save;
  save.cs = {.selector = 8, .attributes = flatCode, .limit = 0xffff'ffff, .base = 0};
  save.ss = save.ds = save.es = save.fs =
      save.gs = {.selector = 16, .attributes = flatData, .limit = 0xffff'ffff, .base = 0};
  save.tr = {.selector = 0, .attributes = busyTss, .limit = 0x67, .base = 0};
  save.ldtr = {.selector = 0, .attributes = ldt, .limit = 0, .base = 0};
  save.efer = x86::efer::svmEnable; // VMRUN insists (APM vol.2 15.5.1)
  save.cr0 = x86::cr0::protectionEnable | x86::cr0::extensionType;
  save.dr6 = 0xffff0ff0;
  save.dr7 = 0x400;
  save.rflags = x86::rflags::reservedOne;
  save.rip = entry.value;
  save.pat = 0x0007040600070406; // as after reset, APM vol.2 7.8.2
  vcpu.registers.rbx = startInfoAt.value;
  // x87 and SSE as after reset: control word 037f, MXCSR 1f80.
  vcpu.fpu.bytes[0] = std::byte{0x7f};
  vcpu.fpu.bytes[1] = std::byte{0x03};
  vcpu.fpu.bytes[24] = std::byte{0x80};
  vcpu.fpu.bytes[25] = std::byte{0x1f};
}

template <class T> void put(std::span<std::byte> memory, GuestPhys at, const T &value) {
  std::memcpy(memory.data() + at.value, &value, sizeof(value));
}

void writeStartInfo(std::span<std::byte> memory) {
  const pvh::MemoryMapEntry map{.address = 0,
                                .size = memory.size(),
                                .type = static_cast<uint32_t>(pvh::MemoryType::Ram),
                                .reserved = 0};
  const pvh::StartInfo info{.magic = pvh::startInfoMagic,
                            .version = 1,
                            .flags = 0,
                            .moduleCount = 0,
                            .modules = 0,
                            .commandLine = commandLineAt.value,
                            .rsdp = 0,
                            .memoryMap = memoryMapAt.value,
                            .memoryMapEntries = 1,
                            .reserved = 0};
  put(memory, startInfoAt, info);
  put(memory, memoryMapAt, map);
  put(memory, commandLineAt, '\0');
}

/// The guest with its memory, mapped; nothing in it yet.
std::expected<Vm *, VmError> allocateVm(PageAllocator &allocator, Pages &pages,
                                        std::string_view name) {
  const auto object = pages.take(PageAllocator::orderFor(sizeof(Vm)));
  const auto root = zeroedPages(pages, 0);
  const auto memory = zeroedPages(pages, PageAllocator::orderFor(guestMemorySize));
  const auto ioMap = zeroedPages(pages, PageAllocator::orderFor(ioMapSize));
  const auto msrMap = zeroedPages(pages, PageAllocator::orderFor(msrMapSize));
  if (!object || !root || !memory || !ioMap || !msrMap)
    return std::unexpected{VmError::NoMemory};
  auto *vm = new (layout::direct<void>(*object)) Vm{*root};
  vm->nameSize = std::min(name.size(), vm->name.size() - 1);
  std::memcpy(vm->name.data(), name.data(), vm->nameSize);
  vm->memory = {*memory, *memory + guestMemorySize};
  vm->ioMap = *ioMap;
  vm->msrMap = *msrMap;
  fillPermissionMaps({layout::direct<std::byte>(*ioMap), ioMapSize},
                     {layout::direct<std::byte>(*msrMap), msrMapSize});
  NestedTables tables{allocator, pages};
  PageTable nested{tables, vm->nestedRoot};
  const Mapping mapping{
      .access = Access::ReadWriteExecute, .owner = Owner::Guest, .largePages = LargePages::Allow};
  if (!nested.map(0, *memory, guestMemorySize, mapping))
    return std::unexpected{VmError::NoMemory};
  return vm;
}

/// The archive's name without its folders.
std::string_view baseName(std::string_view name) {
  const size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

} // namespace

std::expected<Vm *, VmError> makeVm(Hypervisor &hypervisor, std::string_view name, ByteView elf,
                                    uint32_t asid, Cpu &cpu) {
  // The CPU itself may not be up yet; all have as many as the boot CPU.
  if (asid >= hypervisor.cpuTable[0]->svm.asidCount())
    return std::unexpected{VmError::NoAsid};
  Pages pages{hypervisor.pages};
  const auto vm = allocateVm(hypervisor.pages, pages, name);
  if (!vm)
    return vm;
  const auto entry = loadGuestElf(elf, (*vm)->bytes());
  if (!entry) {
    log("guest {}: not a PVH guest: error {}", name, static_cast<unsigned>(entry.error()));
    return std::unexpected{VmError::BadElf};
  }
  writeStartInfo((*vm)->bytes());
  const auto block = zeroedPages(pages, 0);
  const auto object = pages.take(PageAllocator::orderFor(sizeof(Vcpu)));
  if (!block || !object)
    return std::unexpected{VmError::NoMemory};
  auto *vmcb = new (layout::direct<void>(*block)) svm::Vmcb{};
  auto *vcpu = new (layout::direct<void>(*object)) Vcpu{**vm, *vmcb};
  fillControl(vmcb->control, **vm, asid);
  fillState(*vcpu, *entry);
  cpu.queue.add(*vcpu);
  pages.keep();
  return vm;
}

void makeGuests(Hypervisor &hypervisor, ByteView archive) {
  CpioReader reader{archive};
  for (;;) {
    const auto entry = reader.next();
    if (!entry) {
      log("guests: not a cpio archive: error {}", static_cast<unsigned>(entry.error()));
      return;
    }
    if (!*entry)
      return;
    if (!(*entry)->isRegular())
      continue;
    if (hypervisor.guestCount == hypervisor.guestTable.size()) {
      log("guests: more than {}; the rest is left out", hypervisor.guestTable.size());
      return;
    }
    const std::string_view name = baseName((*entry)->name);
    Cpu &cpu = *hypervisor.cpuTable[hypervisor.guestCount % hypervisor.cpuCount];
    const auto asid = static_cast<uint32_t>(hypervisor.guestCount + 1);
    auto vm = makeVm(hypervisor, name, (*entry)->data, asid, cpu);
    if (!vm) {
      log("guest {}: left out: error {}", name, static_cast<unsigned>(vm.error()));
      continue;
    }
    hypervisor.guestTable[hypervisor.guestCount++] = *vm;
    log("guest {}: on CPU {}", name, cpu.index);
  }
}

} // namespace suture::hv

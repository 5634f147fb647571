// SPDX-License-Identifier: Apache-2.0
#pragma once
// The virtual machine control block. Source: APM vol.2, appendix B (layout), 15.5 (use).

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace suture::hv::svm {

/// Control area, offsets 0x000 to 0x3ff. Fields named reserved are zero.
struct ControlArea {
  uint16_t interceptCrRead;
  uint16_t interceptCrWrite;
  uint16_t interceptDrRead;
  uint16_t interceptDrWrite;
  /// Bit per exception vector.
  uint32_t interceptExceptions;
  uint32_t intercept1;
  uint32_t intercept2;
  uint32_t intercept3;
  uint8_t reserved018[0x3c - 0x18];
  uint16_t pauseFilterThreshold;
  uint16_t pauseFilterCount;
  /// Machine address of the I/O permission map, 12 KiB.
  uint64_t ioMap;
  /// Machine address of the MSR permission map, 8 KiB.
  uint64_t msrMap;
  uint64_t tscOffset;
  uint32_t asid;
  uint8_t tlbControl;
  uint8_t reserved05d[3];
  /// V_TPR, V_IRQ, V_INTR_PRIO, V_IGN_TPR, V_INTR_MASKING, V_INTR_VECTOR.
  uint64_t virtualInterrupt;
  /// Bit 0: the guest is in an interrupt shadow.
  uint64_t interruptShadow;
  uint64_t exitCode;
  uint64_t exitInfo1;
  uint64_t exitInfo2;
  /// An event whose delivery the exit interrupted; to be injected again.
  uint64_t exitInterruptInfo;
  /// Bit 0: nested paging.
  uint64_t nestedControl;
  uint8_t reserved098[0xa8 - 0x98];
  uint64_t eventInjection;
  /// Machine address of the top-level nested page table.
  uint64_t nestedRoot;
  uint64_t virtualizationControl;
  /// Bits of state that memory and processor agree on; 0: all is to be read.
  uint32_t cleanBits;
  uint32_t reserved0c4;
  uint64_t nextRip;
  uint8_t instructionLength;
  uint8_t instructionBytes[15];
  uint8_t reserved0e0[0x400 - 0xe0];
};
static_assert(std::is_standard_layout_v<ControlArea> && sizeof(ControlArea) == 0x400);
static_assert(offsetof(ControlArea, pauseFilterThreshold) == 0x3c);
static_assert(offsetof(ControlArea, ioMap) == 0x40 && offsetof(ControlArea, asid) == 0x58);
static_assert(offsetof(ControlArea, virtualInterrupt) == 0x60);
static_assert(offsetof(ControlArea, exitCode) == 0x70);
static_assert(offsetof(ControlArea, nestedControl) == 0x90);
static_assert(offsetof(ControlArea, eventInjection) == 0xa8);
static_assert(offsetof(ControlArea, nestedRoot) == 0xb0);
static_assert(offsetof(ControlArea, nextRip) == 0xc8);

struct Segment {
  uint16_t selector;
  /// Type, S, DPL, P in bits 0 to 7; AVL, L, D/B, G in bits 8 to 11.
  uint16_t attributes;
  uint32_t limit;
  uint64_t base;
};
static_assert(sizeof(Segment) == 16);

/// State save area, from offset 0x400 on. VMRUN loads and #VMEXIT saves what is marked R; VMLOAD
/// and VMSAVE do what is marked L.
struct SaveArea {
  Segment es, cs, ss, ds; // R
  Segment fs, gs;         // L
  Segment gdtr;           // R
  Segment ldtr;           // L
  Segment idtr;           // R
  Segment tr;             // L
  uint8_t reserved0a0[0xcb - 0xa0];
  uint8_t cpl;
  uint8_t reserved0cc[4];
  uint64_t efer;
  uint8_t reserved0d8[0x148 - 0xd8];
  uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;
  uint8_t reserved180[0x1d8 - 0x180];
  uint64_t rsp;
  uint8_t reserved1e0[0x1f8 - 0x1e0];
  uint64_t rax;
  uint64_t star, lstar, cstar, sfmask, kernelGsBase; // L
  uint64_t sysenterCs, sysenterEsp, sysenterEip;     // L
  uint64_t cr2;
  uint8_t reserved248[0x268 - 0x248];
  /// Guest PAT, used with nested paging.
  uint64_t pat;
  uint8_t reserved270[0xc00 - 0x270];
};
static_assert(std::is_standard_layout_v<SaveArea> && sizeof(SaveArea) == 0xc00);
static_assert(offsetof(SaveArea, cpl) == 0xcb && offsetof(SaveArea, efer) == 0xd0);
static_assert(offsetof(SaveArea, cr4) == 0x148 && offsetof(SaveArea, rip) == 0x178);
static_assert(offsetof(SaveArea, rsp) == 0x1d8 && offsetof(SaveArea, rax) == 0x1f8);
static_assert(offsetof(SaveArea, star) == 0x200 && offsetof(SaveArea, cr2) == 0x240);
static_assert(offsetof(SaveArea, pat) == 0x268);

struct Vmcb {
  ControlArea control;
  SaveArea save;
};
static_assert(std::is_standard_layout_v<Vmcb> && std::is_trivially_copyable_v<Vmcb>);
static_assert(sizeof(Vmcb) == 4096);

/// ControlArea::intercept1 (offset 00ch).
namespace intercept1 {
inline constexpr uint32_t intr = 1u << 0;
inline constexpr uint32_t nmi = 1u << 1;
inline constexpr uint32_t smi = 1u << 2;
inline constexpr uint32_t init = 1u << 3;
inline constexpr uint32_t virtualIntr = 1u << 4;
inline constexpr uint32_t rdpmc = 1u << 15;
inline constexpr uint32_t cpuid = 1u << 18;
inline constexpr uint32_t invd = 1u << 22;
inline constexpr uint32_t hlt = 1u << 24;
inline constexpr uint32_t invlpga = 1u << 26;
inline constexpr uint32_t io = 1u << 27;
inline constexpr uint32_t msr = 1u << 28;
inline constexpr uint32_t taskSwitch = 1u << 29;
inline constexpr uint32_t ferrFreeze = 1u << 30;
inline constexpr uint32_t shutdown = 1u << 31;
} // namespace intercept1

/// ControlArea::intercept2 (offset 010h).
namespace intercept2 {
inline constexpr uint32_t vmrun = 1u << 0;
inline constexpr uint32_t vmmcall = 1u << 1;
inline constexpr uint32_t vmload = 1u << 2;
inline constexpr uint32_t vmsave = 1u << 3;
inline constexpr uint32_t stgi = 1u << 4;
inline constexpr uint32_t clgi = 1u << 5;
inline constexpr uint32_t skinit = 1u << 6;
inline constexpr uint32_t wbinvd = 1u << 9;
inline constexpr uint32_t monitor = 1u << 10;
inline constexpr uint32_t mwait = 1u << 11;
inline constexpr uint32_t mwaitArmed = 1u << 12;
inline constexpr uint32_t xsetbv = 1u << 13;
} // namespace intercept2

/// ControlArea::virtualInterrupt.
namespace virtual_interrupt {
inline constexpr uint64_t request = uint64_t{1} << 8;
inline constexpr uint64_t ignoreTpr = uint64_t{1} << 20;
inline constexpr uint64_t masking = uint64_t{1} << 24;
inline constexpr unsigned vectorShift = 32;
} // namespace virtual_interrupt

/// ControlArea::eventInjection and exitInterruptInfo (APM vol.2 15.20).
namespace event {
inline constexpr uint64_t valid = uint64_t{1} << 31;
inline constexpr uint64_t hasErrorCode = uint64_t{1} << 11;
inline constexpr uint64_t exception = uint64_t{3} << 8;
inline constexpr unsigned errorCodeShift = 32;
} // namespace event

/// ControlArea::exitCode. APM vol.2, appendix C.
enum class Exit : uint64_t {
  ExceptionFirst = 0x40,
  MachineCheck = 0x52,
  ExceptionLast = 0x5f,
  Intr = 0x60,
  Nmi = 0x61,
  Smi = 0x62,
  Init = 0x63,
  VirtualIntr = 0x64,
  Rdpmc = 0x6f,
  Cpuid = 0x72,
  Invd = 0x76,
  Hlt = 0x78,
  Invlpga = 0x7a,
  Io = 0x7b,
  Msr = 0x7c,
  TaskSwitch = 0x7d,
  FerrFreeze = 0x7e,
  Shutdown = 0x7f,
  Vmrun = 0x80,
  Vmmcall = 0x81,
  Vmload = 0x82,
  Vmsave = 0x83,
  Stgi = 0x84,
  Clgi = 0x85,
  Skinit = 0x86,
  Wbinvd = 0x89,
  Monitor = 0x8a,
  Mwait = 0x8b,
  MwaitArmed = 0x8c,
  Xsetbv = 0x8d,
  NestedPageFault = 0x400,
  Invalid = ~uint64_t{0},
};

} // namespace suture::hv::svm

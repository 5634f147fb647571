// SPDX-License-Identifier: Apache-2.0
#pragma once
// Numbers of model-specific registers and bits of control registers. Source: APM vol.2, appendix A
// and chapters 3 and 15.

#include <cstdint>

namespace suture::hv::x86 {

namespace msr {
inline constexpr uint32_t apicBase = 0x0000001b;
inline constexpr uint32_t mcgCap = 0x00000179;
inline constexpr uint32_t mcgStatus = 0x0000017a;
inline constexpr uint32_t pat = 0x00000277;
inline constexpr uint32_t mc0Status = 0x00000401;
inline constexpr uint32_t efer = 0xc0000080;
inline constexpr uint32_t star = 0xc0000081;
inline constexpr uint32_t lstar = 0xc0000082;
inline constexpr uint32_t cstar = 0xc0000083;
inline constexpr uint32_t sfmask = 0xc0000084;
inline constexpr uint32_t fsBase = 0xc0000100;
inline constexpr uint32_t gsBase = 0xc0000101;
inline constexpr uint32_t kernelGsBase = 0xc0000102;
inline constexpr uint32_t sysenterCs = 0x00000174;
inline constexpr uint32_t sysenterEsp = 0x00000175;
inline constexpr uint32_t sysenterEip = 0x00000176;
inline constexpr uint32_t vmCr = 0xc0010114;
inline constexpr uint32_t vmHsavePa = 0xc0010117;
} // namespace msr

namespace efer {
inline constexpr uint64_t syscallEnable = 1u << 0;
inline constexpr uint64_t longModeEnable = 1u << 8;
inline constexpr uint64_t longModeActive = 1u << 10;
inline constexpr uint64_t noExecuteEnable = 1u << 11;
inline constexpr uint64_t svmEnable = 1u << 12;
inline constexpr uint64_t fastFxsave = 1u << 14;
} // namespace efer

namespace cr0 {
inline constexpr uint64_t protectionEnable = 1u << 0;
inline constexpr uint64_t extensionType = 1u << 4;
inline constexpr uint64_t writeProtect = 1u << 16;
inline constexpr uint64_t notWriteThrough = 1u << 29;
inline constexpr uint64_t cacheDisable = 1u << 30;
inline constexpr uint64_t paging = 1u << 31;
} // namespace cr0

namespace cr4 {
inline constexpr uint64_t physicalAddressExtension = 1u << 5;
inline constexpr uint64_t machineCheckEnable = 1u << 6;
inline constexpr uint64_t osFxsr = 1u << 9;
} // namespace cr4

namespace rflags {
inline constexpr uint64_t reservedOne = 1u << 1;
inline constexpr uint64_t interruptFlag = 1u << 9;
} // namespace rflags

namespace vector {
inline constexpr unsigned nmi = 2;
inline constexpr unsigned doubleFault = 8;
inline constexpr unsigned generalProtection = 13;
inline constexpr unsigned pageFault = 14;
inline constexpr unsigned machineCheck = 18;
/// First vector that is not an exception's.
inline constexpr unsigned firstInterrupt = 32;
/// Of the local APIC.
inline constexpr unsigned timer = 0xec;
/// Makes a CPU leave its guest or its sleep and look for work.
inline constexpr unsigned kick = 0xed;
/// The virtio serial device's queues.
inline constexpr unsigned device = 0xee;
inline constexpr unsigned spurious = 0xff;
} // namespace vector

} // namespace suture::hv::x86

// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/guest/msrs.h"

#include "hypervisor/guest/exit_support.h"
#include "hypervisor/x86/registers.h"

namespace suture::hv {
namespace {

constexpr uint64_t visibleEfer = x86::efer::syscallEnable | x86::efer::longModeEnable |
                                 x86::efer::longModeActive | x86::efer::noExecuteEnable;
constexpr uint64_t writableEfer = visibleEfer & ~x86::efer::longModeActive;
constexpr uint32_t microcodeVersion = 0x0000008b;

/// Only memory types that exist (APM vol.2 7.8.1).
bool isValidPat(uint64_t value) {
  for (unsigned i = 0; i < 8; ++i, value >>= 8)
    if ((value & 0xff) > 7 || (value & 0xff) == 2 || (value & 0xff) == 3)
      return false;
  return true;
}

std::optional<uint64_t> read(const Vcpu &vcpu, uint32_t msr) {
  switch (msr) {
  case x86::msr::efer:
    return vcpu.vmcb.save.efer & visibleEfer;
  case x86::msr::pat:
    return vcpu.vmcb.save.pat;
  case microcodeVersion:
    return 0;
  default: // a plain number, not a closed set
    return std::nullopt;
  }
}

bool write(Vcpu &vcpu, uint32_t msr, uint64_t value) {
  svm::SaveArea &save = vcpu.vmcb.save;
  switch (msr) {
  case x86::msr::efer: {
    const bool paging = (save.cr0 & x86::cr0::paging) != 0;
    const bool lmeChanges = ((save.efer ^ value) & x86::efer::longModeEnable) != 0;
    // LMA is the processor's; LME may not change under paging (APM vol.2 3.1.7).
    if ((value & ~visibleEfer) != 0 || (paging && lmeChanges))
      return false;
    save.efer = (save.efer & ~writableEfer) | (value & writableEfer);
    return true;
  }
  case x86::msr::pat:
    if (!isValidPat(value))
      return false;
    save.pat = value;
    return true;
  case microcodeVersion:
    return true;
  default: // a plain number, not a closed set
    return false;
  }
}

} // namespace

void handleMsr(Cpu &cpu, Vcpu &vcpu) {
  const bool isWrite = vcpu.vmcb.control.exitInfo1 == 1;
  const auto length = lengthOf(cpu, vcpu, isWrite ? opcode::wrmsr : opcode::rdmsr);
  if (!length)
    return endGuest(vcpu, "RDMSR or WRMSR that cannot be read");
  auto &registers = vcpu.registers;
  uint64_t &rax = vcpu.vmcb.save.rax;
  const auto msr = static_cast<uint32_t>(registers.rcx);
  if (isWrite) {
    const uint64_t value = registers.rdx << 32 | static_cast<uint32_t>(rax);
    if (!write(vcpu, msr, value))
      return injectException(vcpu, exception::generalProtection, 0);
  } else {
    const auto value = read(vcpu, msr);
    if (!value)
      return injectException(vcpu, exception::generalProtection, 0);
    rax = static_cast<uint32_t>(*value);
    registers.rdx = *value >> 32;
  }
  advance(vcpu, *length);
}

} // namespace suture::hv

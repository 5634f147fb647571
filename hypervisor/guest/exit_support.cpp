// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/guest/exit_support.h"

#include "hypervisor/guest/guest_walk.h"
#include "hypervisor/log/log.h"
#include "hypervisor/x86/registers.h"

namespace suture::hv {
namespace {

constexpr uint16_t longCodeSegment = 1u << 9;

bool inLongMode(const Vcpu &vcpu) {
  return (vcpu.vmcb.save.efer & x86::efer::longModeActive) != 0 &&
         (vcpu.vmcb.save.cs.attributes & longCodeSegment) != 0;
}

} // namespace

void endGuest(Vcpu &vcpu, std::string_view why) {
  const svm::SaveArea &save = vcpu.vmcb.save;
  vcpu.scheduling.state = RunState::Dead;
  log("guest {}: virtual CPU {} ended: {}", vcpu.vm.nameText(), vcpu.index, why);
  log("  rip {x16} rsp {x16} rflags {x8} cr0 {x8} cr2 {x16} cr3 {x}", save.rip, save.rsp,
      save.rflags, save.cr0, save.cr2, save.cr3);
}

void advance(Vcpu &vcpu, size_t length) {
  vcpu.vmcb.save.rip += length;
  // The instruction is over, and with it an interrupt shadow.
  vcpu.vmcb.control.interruptShadow = 0;
}

void injectException(Vcpu &vcpu, uint8_t vector) {
  vcpu.vmcb.control.eventInjection = svm::event::valid | svm::event::exception | vector;
}

void injectException(Vcpu &vcpu, uint8_t vector, uint32_t errorCode) {
  vcpu.vmcb.control.eventInjection = svm::event::valid | svm::event::exception |
                                     svm::event::hasErrorCode | vector |
                                     uint64_t{errorCode} << svm::event::errorCodeShift;
}

std::optional<size_t> lengthOf(const Cpu &cpu, const Vcpu &vcpu, Opcode expected) {
  const svm::SaveArea &save = vcpu.vmcb.save;
  if (cpu.svm.hasNextRip() && vcpu.vmcb.control.nextRip > save.rip &&
      vcpu.vmcb.control.nextRip - save.rip <= maxInstructionSize)
    return vcpu.vmcb.control.nextRip - save.rip;
  std::array<uint8_t, maxInstructionSize> code{};
  const bool longMode = inLongMode(vcpu);
  const uint64_t linear = longMode ? save.rip : (save.cs.base + save.rip) & 0xffff'ffff;
  const size_t size = readGuest(
      ByteView{vcpu.vm.bytes()},
      {.cr0 = save.cr0, .cr3 = save.cr3, .cr4 = save.cr4, .efer = save.efer}, linear, code);
  return instructionLength(std::span{code}.first(size), expected, longMode);
}

} // namespace suture::hv

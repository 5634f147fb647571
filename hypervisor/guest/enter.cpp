// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/guest/enter.h"

#include "hypervisor/guest/exits.h"
#include "hypervisor/memory/layout.h"
#include "hypervisor/x86/instructions.h"

namespace suture::hv {
namespace {

constexpr uint8_t tlbKeep = 0;
constexpr uint8_t tlbFlushAll = 1;

/// What neither VMRUN nor VMLOAD switch: x87 and SSE registers, debug addresses. The hypervisor
/// itself uses none of them.
void loadExtraState(const Vcpu &vcpu) {
  asm volatile("fxrstor64 %0" : : "m"(vcpu.fpu));
  asm volatile("movq %0, %%dr0" : : "r"(vcpu.debugAddresses[0]));
  asm volatile("movq %0, %%dr1" : : "r"(vcpu.debugAddresses[1]));
  asm volatile("movq %0, %%dr2" : : "r"(vcpu.debugAddresses[2]));
  asm volatile("movq %0, %%dr3" : : "r"(vcpu.debugAddresses[3]));
}

void saveExtraState(Vcpu &vcpu) {
  asm volatile("fxsave64 %0" : "=m"(vcpu.fpu));
  asm volatile("movq %%dr0, %0" : "=r"(vcpu.debugAddresses[0]));
  asm volatile("movq %%dr1, %0" : "=r"(vcpu.debugAddresses[1]));
  asm volatile("movq %%dr2, %0" : "=r"(vcpu.debugAddresses[2]));
  asm volatile("movq %%dr3, %0" : "=r"(vcpu.debugAddresses[3]));
}

/// A virtual interrupt waits in the VMCB until the guest can take it (APM vol.2 15.21.4).
void offerInterrupt(Vcpu &vcpu) {
  uint64_t &field = vcpu.vmcb.control.virtualInterrupt;
  field = svm::virtual_interrupt::masking | (field & 0xff); // V_TPR is the guest's
  if (vcpu.pendingInterrupt)
    field |= svm::virtual_interrupt::request | svm::virtual_interrupt::ignoreTpr |
             uint64_t{*vcpu.pendingInterrupt} << svm::virtual_interrupt::vectorShift;
}

void noteDelivery(Vcpu &vcpu) {
  if ((vcpu.vmcb.control.virtualInterrupt & svm::virtual_interrupt::request) == 0)
    vcpu.pendingInterrupt.reset();
}

} // namespace

void runVcpu(Cpu &cpu, Vcpu &vcpu) {
  if (cpu.loaded != &vcpu) {
    if (cpu.loaded != nullptr)
      saveExtraState(*cpu.loaded);
    loadExtraState(vcpu);
    cpu.loaded = &vcpu;
  }
  offerInterrupt(vcpu);
  vcpu.vmcb.control.tlbControl = vcpu.fresh ? tlbFlushAll : tlbKeep;
  vcpu.vmcb.control.cleanBits = 0;
  vcpu.fresh = false;
  runGuest(layout::physOfDirect(&vcpu.vmcb).value, &vcpu.registers, cpu.svm.hostState().value);
  x86::takePendingInterrupts();
  noteDelivery(vcpu);
  handleExit(cpu, vcpu);
}

} // namespace suture::hv

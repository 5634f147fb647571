// SPDX-License-Identifier: Apache-2.0
// The dispatch of exits (APM vol.2, appendix C). A guest that does what it must not is either told
// so, with the exception that a machine without the feature would raise, or ended with a report;
// nothing that it does ends the hypervisor.

#include "hypervisor/guest/exits.h"

#include "hypervisor/core/hypervisor.h"
#include "hypervisor/guest/cpuid_policy.h"
#include "hypervisor/guest/exit_support.h"
#include "hypervisor/guest/hypercalls.h"
#include "hypervisor/guest/msrs.h"
#include "hypervisor/guest/ports.h"
#include "hypervisor/log/log.h"
#include "hypervisor/x86/registers.h"

namespace suture::hv {
namespace {

void handleCpuid(Cpu &cpu, Vcpu &vcpu) {
  const auto length = lengthOf(cpu, vcpu, opcode::cpuid);
  if (!length)
    return endGuest(vcpu, "CPUID that cannot be read");
  auto &registers = vcpu.registers;
  const CpuidQuery query{.leaf = static_cast<uint32_t>(vcpu.vmcb.save.rax),
                         .subleaf = static_cast<uint32_t>(registers.rcx),
                         .vcpu = vcpu.index,
                         .tscKhz =
                             static_cast<uint32_t>(cpu.hypervisor->clock.ticksPerSecond() / 1000)};
  const x86::CpuidResult answer = guestCpuid(query, x86::cpuid);
  vcpu.vmcb.save.rax = answer.eax;
  registers.rbx = answer.ebx;
  registers.rcx = answer.ecx;
  registers.rdx = answer.edx;
  advance(vcpu, *length);
}

void handleHlt(Cpu &cpu, Vcpu &vcpu) {
  const auto length = lengthOf(cpu, vcpu, opcode::hlt);
  if (!length)
    return endGuest(vcpu, "HLT that cannot be read");
  advance(vcpu, *length);
  if (vcpu.pendingInterrupt)
    return;
  const bool forGood = (vcpu.vmcb.save.rflags & x86::rflags::interruptFlag) == 0;
  if (forGood)
    return endGuest(vcpu, "halted with interrupts off");
  vcpu.scheduling.state = RunState::Waiting;
}

void handleVmmcall(Cpu &cpu, Vcpu &vcpu) {
  const auto length = lengthOf(cpu, vcpu, opcode::vmmcall);
  if (!length)
    return endGuest(vcpu, "VMMCALL that cannot be read");
  advance(vcpu, *length);
  // Hypercalls are for the guest's kernel.
  if (vcpu.vmcb.save.cpl != 0) {
    vcpu.vmcb.save.rax = static_cast<uint64_t>(hypercall_error::notSupported);
    return;
  }
  HypercallContext context{*cpu.hypervisor, vcpu, vcpu.registers.rdi, vcpu.registers.rsi};
  vcpu.vmcb.save.rax = static_cast<uint64_t>(callHypercall(vcpu.vmcb.save.rax, context));
}

void skip(Cpu &cpu, Vcpu &vcpu, Opcode expected) {
  if (const auto length = lengthOf(cpu, vcpu, expected))
    advance(vcpu, *length);
  else
    endGuest(vcpu, "an instruction that cannot be read");
}

void handleNestedPageFault(Vcpu &vcpu) {
  // exitInfo2 is the guest-physical address (APM vol.2 15.25.6).
  log("guest {}: touched guest-physical {x16}, where nothing is (error code {x})",
      vcpu.vm.nameText(), vcpu.vmcb.control.exitInfo2, vcpu.vmcb.control.exitInfo1);
  endGuest(vcpu, "access outside of its memory");
}

/// An exit in the middle of delivering an event loses it, unless it is injected again.
void keepInterruptedEvent(Vcpu &vcpu) {
  svm::ControlArea &control = vcpu.vmcb.control;
  control.eventInjection =
      (control.exitInterruptInfo & svm::event::valid) != 0 ? control.exitInterruptInfo : 0;
}

} // namespace

void handleExit(Cpu &cpu, Vcpu &vcpu) {
  keepInterruptedEvent(vcpu);
  switch (static_cast<svm::Exit>(vcpu.vmcb.control.exitCode)) {
  case svm::Exit::Intr:
  case svm::Exit::Nmi:
  case svm::Exit::Smi:
  case svm::Exit::VirtualIntr:
  case svm::Exit::MachineCheck:
    return; // the host has taken it by now
  case svm::Exit::Cpuid:
    return handleCpuid(cpu, vcpu);
  case svm::Exit::Hlt:
    return handleHlt(cpu, vcpu);
  case svm::Exit::Vmmcall:
    return handleVmmcall(cpu, vcpu);
  case svm::Exit::Io:
    return handlePort(cpu, vcpu);
  case svm::Exit::Msr:
    return handleMsr(cpu, vcpu);
  case svm::Exit::Wbinvd:
    return skip(cpu, vcpu, opcode::wbinvd);
  case svm::Exit::Invd:
    return skip(cpu, vcpu, opcode::invd);
  case svm::Exit::NestedPageFault:
    return handleNestedPageFault(vcpu);
  case svm::Exit::Shutdown:
    return endGuest(vcpu, "triple fault");
  case svm::Exit::Vmrun:
  case svm::Exit::Vmload:
  case svm::Exit::Vmsave:
  case svm::Exit::Stgi:
  case svm::Exit::Clgi:
  case svm::Exit::Skinit:
  case svm::Exit::Invlpga:
  case svm::Exit::Monitor:
  case svm::Exit::Mwait:
  case svm::Exit::MwaitArmed:
  case svm::Exit::Xsetbv:
  case svm::Exit::Rdpmc:
    // CPUID says that there is no such feature.
    return injectException(vcpu, exception::invalidOpcode);
  case svm::Exit::Invalid:
    return endGuest(vcpu, "state that the processor refuses to run");
  case svm::Exit::ExceptionFirst:
  case svm::Exit::ExceptionLast:
  case svm::Exit::Init:
  case svm::Exit::TaskSwitch:
  case svm::Exit::FerrFreeze:
    break;
  }
  log("guest {}: exit code {x}, information {x} {x}", vcpu.vm.nameText(),
      vcpu.vmcb.control.exitCode, vcpu.vmcb.control.exitInfo1, vcpu.vmcb.control.exitInfo2);
  endGuest(vcpu, "an exit that nothing handles");
}

} // namespace suture::hv

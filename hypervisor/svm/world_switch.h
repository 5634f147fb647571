// SPDX-License-Identifier: Apache-2.0
#pragma once
// Into a guest and back. Source: APM vol.2 15.5 and 15.6 (VMRUN, #VMEXIT), 15.17 (GIF).

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace suture::hv::svm {

/// What VMRUN does not load and #VMEXIT does not save; RAX, RSP and RIP are in the VMCB.
struct GuestRegisters {
  uint64_t rbx, rcx, rdx, rsi, rdi, rbp;
  uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
};
static_assert(std::is_standard_layout_v<GuestRegisters> && sizeof(GuestRegisters) == 14 * 8);
static_assert(offsetof(GuestRegisters, rdi) == 32 && offsetof(GuestRegisters, r15) == 104,
              "world_switch.S counts on it");

} // namespace suture::hv::svm

extern "C" {
/// Runs the guest until it exits. Interrupts are off before and after; one that is pending makes
/// the guest exit at once. NMIs are held off while the host's own GS is not loaded.
/// \param vmcb       machine address.
/// \param hostState  machine address, svm::Processor::hostState().
void runGuest(uint64_t vmcb, suture::hv::svm::GuestRegisters *registers, uint64_t hostState);
}

// SPDX-License-Identifier: Apache-2.0
#pragma once
// One CPU's part of SVM: switched on, with its host save area and a VMCB for what VMRUN does not
// keep of the host. Source: APM vol.2 15.4 (enabling), 15.30.4 (VM_HSAVE_PA).

#include "hypervisor/memory/page_allocator.h"
#include "hypervisor/svm/vmcb.h"

#include <expected>

namespace suture::hv::svm {

enum class SvmError : uint8_t {
  /// CPUID Fn8000_0001 ECX bit 2 is clear.
  NotSupported,
  /// VM_CR.SVMDIS: firmware switched it off.
  Disabled,
  /// CPUID Fn8000_000A EDX bit 0 is clear.
  NoNestedPaging,
  NoMemory,
};

class Processor final {
public:
  /// Switches SVM on. Context: on the CPU itself, after its GS, TR and MSRs have their values.
  std::expected<void, SvmError> enable(PageAllocator &pages);

  /// Machine address of the VMCB with the host's FS, GS, TR, LDTR, KernelGSBase, STAR and kin, for
  /// VMLOAD after each exit.
  [[nodiscard]] HvPhys hostState() const { return hostState_; }
  [[nodiscard]] bool hasNextRip() const { return hasNextRip_; }
  [[nodiscard]] uint32_t asidCount() const { return asidCount_; }

private:
  HvPhys hostState_;
  uint32_t asidCount_ = 0;
  bool hasNextRip_ = false;
};

} // namespace suture::hv::svm

// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which processor guests see: the machine's own, without what a guest cannot have, and with leaves
// that say who is below. Source: APM vol.3, appendix E.

#include "hypervisor/x86/instructions.h"

#include <cstdint>

namespace suture::hv {

/// What a leaf's answer depends on besides the machine.
struct CpuidQuery {
  uint32_t leaf = 0;
  uint32_t subleaf = 0;
  /// Number of the virtual CPU, its initial APIC id.
  uint32_t vcpu = 0;
  /// kHz of the TSC as guests see it.
  uint32_t tscKhz = 0;
};

/// Reads a leaf of the machine; x86::cpuid in the hypervisor.
using CpuidReader = x86::CpuidResult (*)(uint32_t leaf, uint32_t subleaf);

/// The answer that a guest gets.
x86::CpuidResult guestCpuid(const CpuidQuery &query, CpuidReader machine);

} // namespace suture::hv

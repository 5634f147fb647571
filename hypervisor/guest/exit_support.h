// SPDX-License-Identifier: Apache-2.0
#pragma once
// What all handlers of exits need.

#include "hypervisor/core/cpu.h"
#include "hypervisor/guest/instruction_length.h"
#include "hypervisor/guest/vcpu.h"

#include <string_view>

namespace suture::hv {

namespace exception {
inline constexpr uint8_t invalidOpcode = 6;
inline constexpr uint8_t generalProtection = 13;
} // namespace exception

/// Ends a virtual CPU for good, with a report on the log.
void endGuest(Vcpu &vcpu, std::string_view why);

/// Lets the guest go on behind an instruction that was emulated.
void advance(Vcpu &vcpu, size_t length);

/// Raises an exception in the guest at its next entry (APM vol.2 15.20).
void injectException(Vcpu &vcpu, uint8_t vector);
void injectException(Vcpu &vcpu, uint8_t vector, uint32_t errorCode);

/// Bytes of the instruction that exited: from the processor where it tells, else from the guest's
/// memory. Nothing when it is not `expected`, as when the guest overwrote it meanwhile.
std::optional<size_t> lengthOf(const Cpu &cpu, const Vcpu &vcpu, Opcode expected);

} // namespace suture::hv

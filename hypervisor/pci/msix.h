// SPDX-License-Identifier: Apache-2.0
#pragma once
// Message-signalled interrupts. Sources: PCI Local Bus 3.0, 6.8.2 (MSI-X); APM vol.2 16.11 (what
// the message says to a local APIC).

#include "hypervisor/memory/address_space.h"
#include "hypervisor/pci/config.h"

namespace suture::hv::pci {

/// Sends entry 0 of the function's MSI-X table to one CPU, masks the others, switches MSI-X on.
/// False when the function has no MSI-X.
[[nodiscard]] bool enableMsix(const Function &function, AddressSpace &memory, uint32_t apicId,
                              unsigned vector);

} // namespace suture::hv::pci

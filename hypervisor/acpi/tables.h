// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the hypervisor wants to know from ACPI: which CPUs there are, where the power management
// ports lie, and what to write there to switch off. Source: ACPI 6.4, 5.2.

#include "hypervisor/lib/address.h"
#include "hypervisor/lib/byte_view.h"

#include <array>
#include <cstdint>
#include <expected>
#include <span>

namespace suture::hv::acpi {

enum class TableError : uint8_t {
  /// No "RSD PTR " where the loader said it is, or a wrong sum.
  BadRoot,
  /// A table reaches past the memory that can be read, or is shorter than its own header.
  Truncated,
  /// A table's bytes do not add up to 0.
  BadChecksum,
  NoMadt,
  NoFadt,
  /// The MADT names no CPU that can be used.
  NoCpus,
};

inline constexpr size_t maxCpus = 64;

struct Machine {
  std::array<uint32_t, maxCpus> apicIds{};
  /// CPUs that firmware calls usable; those past maxCpus are left out.
  size_t cpuCount = 0;
  size_t cpusIgnored = 0;
  HvPhys localApic;

  uint16_t pm1aEvent = 0;
  uint16_t pm1aControl = 0;
  uint16_t pm1bControl = 0;
  uint16_t pmTimer = 0;
  /// Bytes of the PM1 event block: status in the lower half, enable in the upper.
  uint8_t pm1EventSize = 0;

  /// Sleep types of state S5 for PM1a and PM1b; only if hasSoftOff.
  bool hasSoftOff = false;
  uint8_t softOffA = 0;
  uint8_t softOffB = 0;

  [[nodiscard]] std::span<const uint32_t> cpus() const {
    return std::span{apicIds}.first(cpuCount);
  }
};

/// Reads the tables.
/// \param memory  machine memory from address 0 on, as far as tables may lie.
/// \param rsdp    machine address of the root pointer.
std::expected<Machine, TableError> readTables(ByteView memory, HvPhys rsdp);

} // namespace suture::hv::acpi

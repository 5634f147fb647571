// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/acpi/tables.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace suture::hv::acpi {
namespace {

constexpr size_t headerSize = 36;

uint8_t sumOf(ByteView bytes) {
  uint8_t sum = 0;
  for (std::byte value : bytes.bytes())
    sum = static_cast<uint8_t>(sum + std::to_integer<uint8_t>(value));
  return sum;
}

bool startsWith(ByteView bytes, std::string_view text) {
  if (bytes.size() < text.size())
    return false;
  return std::equal(text.begin(), text.end(), bytes.bytes().begin(),
                    [](char left, std::byte right) { return std::byte(left) == right; });
}

std::expected<ByteView, TableError> tableAt(ByteView memory, uint64_t address) {
  const auto length = memory.read<uint32_t>(address + 4);
  if (!length || *length < headerSize)
    return std::unexpected{TableError::Truncated};
  const auto table = memory.slice(address, *length);
  if (!table)
    return std::unexpected{TableError::Truncated};
  if (sumOf(*table) != 0)
    return std::unexpected{TableError::BadChecksum};
  return *table;
}

/// The RSDT or XSDT, with the size of its entries.
struct Directory {
  ByteView table;
  size_t entrySize;
};

std::expected<Directory, TableError> directoryOf(ByteView memory, HvPhys rsdp) {
  const auto root = memory.slice(rsdp.value, 20);
  if (!root || !startsWith(*root, "RSD PTR ") || sumOf(*root) != 0)
    return std::unexpected{TableError::BadRoot};
  const uint8_t revision = *root->read<uint8_t>(15);
  const uint64_t xsdt = revision >= 2 ? memory.read<uint64_t>(rsdp.value + 24).value_or(0) : 0;
  const uint64_t address = xsdt != 0 ? xsdt : *root->read<uint32_t>(16);
  auto table = tableAt(memory, address);
  if (!table)
    return std::unexpected{table.error()};
  return Directory{*table, xsdt != 0 ? size_t{8} : size_t{4}};
}

std::expected<std::optional<ByteView>, TableError> findTable(ByteView memory, Directory directory,
                                                             std::string_view signature) {
  for (size_t at = headerSize; at + directory.entrySize <= directory.table.size();
       at += directory.entrySize) {
    const uint64_t address = directory.entrySize == 8 ? *directory.table.read<uint64_t>(at)
                                                      : *directory.table.read<uint32_t>(at);
    auto found = memory.slice(address, 4);
    if (!found || !startsWith(*found, signature))
      continue;
    auto table = tableAt(memory, address);
    if (!table)
      return std::unexpected{table.error()};
    return *table;
  }
  return std::nullopt;
}

/// ACPI 6.4, 5.2.12: interrupt controller structures, each with its type and length.
std::expected<void, TableError> readMadt(ByteView madt, Machine &machine) {
  machine.localApic = {madt.read<uint32_t>(headerSize).value_or(0)};
  constexpr uint8_t localApicEntry = 0;
  constexpr uint32_t enabled = 1;
  size_t at = headerSize + 8;
  while (at + 2 <= madt.size()) {
    const uint8_t type = *madt.read<uint8_t>(at);
    const uint8_t length = *madt.read<uint8_t>(at + 1);
    if (length < 2 || length > madt.size() - at)
      return std::unexpected{TableError::Truncated};
    if (type == localApicEntry && length >= 8 && (*madt.read<uint32_t>(at + 4) & enabled) != 0) {
      if (machine.cpuCount < maxCpus)
        machine.apicIds[machine.cpuCount++] = *madt.read<uint8_t>(at + 3);
      else
        ++machine.cpusIgnored;
    }
    at += length;
  }
  if (machine.cpuCount == 0)
    return std::unexpected{TableError::NoCpus};
  return {};
}

/// One integer of AML: ZeroOp, OneOp, or BytePrefix and a byte (ACPI 6.4, 20.2.3).
std::optional<uint8_t> amlByte(ByteView aml, size_t &at) {
  const auto first = aml.read<uint8_t>(at);
  if (!first)
    return std::nullopt;
  ++at;
  constexpr uint8_t bytePrefix = 0x0a;
  if (*first != bytePrefix)
    return *first <= 1 ? first : std::nullopt;
  return aml.read<uint8_t>(at++);
}

/// Looks for `Name (_S5_, Package () {a, b, ...})` in the DSDT, without an interpreter: NameOp,
/// "_S5_", PackageOp, PkgLength (1 to 4 bytes, the count in the top two bits of the first), number
/// of elements, elements. ACPI 6.4, 7.4.2 and 20.2.
void readSoftOff(ByteView dsdt, Machine &machine) {
  constexpr uint8_t packageOp = 0x12;
  for (size_t at = headerSize; at + 8 < dsdt.size(); ++at) {
    if (!startsWith(*dsdt.slice(at, 4), "_S5_") || dsdt.read<uint8_t>(at + 4) != packageOp)
      continue;
    size_t element = at + 5;
    element += 1 + (dsdt.read<uint8_t>(element).value_or(0) >> 6) + 1;
    const auto a = amlByte(dsdt, element);
    const auto b = amlByte(dsdt, element);
    if (!a || !b)
      continue;
    machine.softOffA = *a;
    machine.softOffB = *b;
    machine.hasSoftOff = true;
    return;
  }
}

/// ACPI 6.4, table 5.9.
std::expected<void, TableError> readFadt(ByteView memory, ByteView fadt, Machine &machine) {
  auto port = [&](size_t offset) {
    return static_cast<uint16_t>(fadt.read<uint32_t>(offset).value_or(0));
  };
  machine.pm1aEvent = port(56);
  machine.pm1aControl = port(64);
  machine.pm1bControl = port(68);
  machine.pmTimer = port(76);
  machine.pm1EventSize = fadt.read<uint8_t>(88).value_or(0);
  auto dsdt = tableAt(memory, fadt.read<uint32_t>(40).value_or(0));
  if (!dsdt)
    return std::unexpected{dsdt.error()};
  readSoftOff(*dsdt, machine);
  return {};
}

} // namespace

std::expected<Machine, TableError> readTables(ByteView memory, HvPhys rsdp) {
  auto directory = directoryOf(memory, rsdp);
  if (!directory)
    return std::unexpected{directory.error()};
  auto madt = findTable(memory, *directory, "APIC");
  if (!madt || !*madt)
    return std::unexpected{madt ? TableError::NoMadt : madt.error()};
  auto fadt = findTable(memory, *directory, "FACP");
  if (!fadt || !*fadt)
    return std::unexpected{fadt ? TableError::NoFadt : fadt.error()};
  Machine machine;
  if (auto read = readMadt(**madt, machine); !read)
    return std::unexpected{read.error()};
  if (auto read = readFadt(memory, **fadt, machine); !read)
    return std::unexpected{read.error()};
  return machine;
}

} // namespace suture::hv::acpi

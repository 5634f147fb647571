// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/acpi/tables.h"

#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace suture::hv::acpi {
namespace {

/// Machine memory with a root pointer at 0x10 and tables behind it.
struct Firmware {
  std::vector<std::byte> bytes = std::vector<std::byte>(0x2000);
  bool sums = true;

  template <class T> void put(size_t at, T value) {
    std::memcpy(&bytes[at], &value, sizeof(value));
  }
  void text(size_t at, const std::string &value) {
    std::memcpy(&bytes[at], value.data(), value.size());
  }
  void fixSum(size_t begin, size_t size, size_t sumAt) {
    uint8_t sum = 0;
    bytes[begin + sumAt] = std::byte{0};
    for (size_t i = 0; i < size; ++i)
      sum = static_cast<uint8_t>(sum + std::to_integer<uint8_t>(bytes[begin + i]));
    bytes[begin + sumAt] = std::byte(0 - sum);
  }
  void table(size_t at, const std::string &signature, uint32_t size) {
    text(at, signature);
    put(at + 4, size);
    fixSum(at, size, 9);
  }

  Firmware() {
    text(0x10, "RSD PTR ");
    put<uint32_t>(0x20, 0x100);
    fixSum(0x10, 20, 8);
    put<uint32_t>(0x100 + 36, 0x200);
    put<uint32_t>(0x100 + 40, 0x400);
    table(0x100, "RSDT", 44);

    put<uint32_t>(0x200 + 36, 0xfee00000);
    addCpu(0x200 + 44, 0, 1);
    addCpu(0x200 + 52, 4, 1);
    addCpu(0x200 + 60, 5, 0);
    table(0x200, "APIC", 68);

    put<uint32_t>(0x400 + 40, 0x800);
    put<uint32_t>(0x400 + 56, 0x600);
    put<uint32_t>(0x400 + 64, 0x604);
    put<uint32_t>(0x400 + 76, 0x608);
    put<uint8_t>(0x400 + 88, 4);
    table(0x400, "FACP", 116);

    text(0x800 + 40, std::string{"\x08_S5_\x12\x06\x04\x0a\x05\x0a\x07", 12});
    table(0x800, "DSDT", 64);
  }
  void addCpu(size_t at, uint8_t id, uint32_t flags) {
    put<uint8_t>(at, 0);
    put<uint8_t>(at + 1, 8);
    put<uint8_t>(at + 3, id);
    put<uint32_t>(at + 4, flags);
  }
  auto read() const { return readTables(ByteView{bytes}, {0x10}); }
};

TEST(ReadTables, FindsUsableCpusAndPorts) {
  auto machine = Firmware{}.read();
  ASSERT_TRUE(machine);
  ASSERT_EQ(machine->cpus().size(), 2u);
  EXPECT_EQ(machine->cpus()[1], 4u);
  EXPECT_EQ(machine->localApic.value, 0xfee00000u);
  EXPECT_EQ(machine->pm1aEvent, 0x600);
  EXPECT_EQ(machine->pm1aControl, 0x604);
  EXPECT_EQ(machine->pmTimer, 0x608);
}

TEST(ReadTables, FindsHowToSwitchOff) {
  auto machine = Firmware{}.read();
  ASSERT_TRUE(machine);
  EXPECT_TRUE(machine->hasSoftOff);
  EXPECT_EQ(machine->softOffA, 5);
  EXPECT_EQ(machine->softOffB, 7);
}

TEST(ReadTables, AMachineWithoutSoftOffIsStillAMachine) {
  Firmware firmware;
  firmware.text(0x800 + 40, "\x08_S4_");
  firmware.fixSum(0x800, 64, 9);
  auto machine = firmware.read();
  ASSERT_TRUE(machine);
  EXPECT_FALSE(machine->hasSoftOff);
}

TEST(ReadTables, RefusesABadRootPointer) {
  Firmware firmware;
  firmware.bytes[0x12] = std::byte{'x'};
  EXPECT_EQ(firmware.read().error(), TableError::BadRoot);
  EXPECT_EQ(readTables(ByteView{}, {0}).error(), TableError::BadRoot);
}

TEST(ReadTables, RefusesAWrongSum) {
  Firmware firmware;
  firmware.bytes[0x230] = std::byte{0xee};
  EXPECT_EQ(firmware.read().error(), TableError::BadChecksum);
}

TEST(ReadTables, RefusesATableThatReachesPastMemory) {
  Firmware firmware;
  firmware.put<uint32_t>(0x204, 0x10000);
  EXPECT_EQ(firmware.read().error(), TableError::Truncated);
}

TEST(ReadTables, RefusesAnEntryThatReachesPastItsTable) {
  Firmware firmware;
  firmware.put<uint8_t>(0x200 + 61, 20);
  firmware.fixSum(0x200, 68, 9);
  EXPECT_EQ(firmware.read().error(), TableError::Truncated);
}

TEST(ReadTables, RefusesAMachineWithoutTables) {
  Firmware firmware;
  firmware.text(0x200, "XXXX");
  EXPECT_EQ(firmware.read().error(), TableError::NoMadt);
  Firmware other;
  other.text(0x400, "XXXX");
  EXPECT_EQ(other.read().error(), TableError::NoFadt);
}

TEST(ReadTables, RefusesAMachineWithoutCpus) {
  Firmware firmware;
  firmware.addCpu(0x200 + 44, 0, 0);
  firmware.addCpu(0x200 + 52, 4, 0);
  firmware.fixSum(0x200, 68, 9);
  EXPECT_EQ(firmware.read().error(), TableError::NoCpus);
}

} // namespace
} // namespace suture::hv::acpi

// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/guest/permission_maps.h"

#include <gtest/gtest.h>
#include <vector>

namespace suture::hv {
namespace {

struct Maps {
  Maps() { fillPermissionMaps(io, msr); }
  bool intercepted(size_t base, uint32_t offset) const {
    size_t bit = size_t{offset} * 2;
    return (msr[base + bit / 8] & std::byte(3u << bit % 8)) != std::byte{0};
  }
  std::vector<std::byte> io = std::vector<std::byte>(ioMapSize);
  std::vector<std::byte> msr = std::vector<std::byte>(msrMapSize);
};

TEST(PermissionMaps, EveryPortIsIntercepted) {
  for (std::byte value : Maps{}.io)
    EXPECT_EQ(value, std::byte{0xff});
}

TEST(PermissionMaps, OnlyMsrsThatAreSwitchedPass) {
  Maps maps;
  EXPECT_FALSE(maps.intercepted(0x800, 0x82)) << "LSTAR";
  EXPECT_FALSE(maps.intercepted(0x800, 0x100)) << "FS base";
  EXPECT_FALSE(maps.intercepted(0, 0x174)) << "SYSENTER_CS";
  EXPECT_TRUE(maps.intercepted(0x800, 0x80)) << "EFER";
  EXPECT_TRUE(maps.intercepted(0x1000, 0x117)) << "VM_HSAVE_PA";
  EXPECT_TRUE(maps.intercepted(0, 0x1b)) << "APIC base";
  size_t passed = 0;
  for (size_t base : {size_t{0x000}, size_t{0x800}, size_t{0x1000}})
    for (uint32_t offset = 0; offset < 0x2000; ++offset)
      passed += !maps.intercepted(base, offset);
  EXPECT_EQ(passed, passedMsrs.size());
}

} // namespace
} // namespace suture::hv

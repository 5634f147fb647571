// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/guest/cpuid_policy.h"

#include <cstring>
#include <gtest/gtest.h>
#include <string>

namespace suture::hv {
namespace {

x86::CpuidResult everything(uint32_t, uint32_t) {
  return {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff};
}

x86::CpuidResult ask(uint32_t leaf, uint32_t subleaf = 0, uint32_t vcpu = 0) {
  return guestCpuid({.leaf = leaf, .subleaf = subleaf, .vcpu = vcpu, .tscKhz = 2400000},
                    everything);
}

TEST(GuestCpuid, SaysThatAHypervisorIsPresentAndWhich) {
  EXPECT_NE(ask(1).ecx & 1u << 31, 0u);
  auto name = ask(0x40000000);
  char text[13] = {};
  std::memcpy(text, &name.ebx, 12);
  EXPECT_STREQ(text, "SutureSuture");
}

TEST(GuestCpuid, HidesWhatGuestsCannotHave) {
  EXPECT_EQ(ask(1).ecx & 1u << 21, 0u) << "x2APIC";
  EXPECT_EQ(ask(1).ecx & 1u << 26, 0u) << "XSAVE";
  EXPECT_EQ(ask(1).edx & 1u << 9, 0u) << "APIC";
  EXPECT_EQ(ask(0x80000001).ecx & 1u << 2, 0u) << "SVM";
  EXPECT_EQ(ask(0x80000001).edx & 1u << 27, 0u) << "RDTSCP";
  EXPECT_EQ(ask(7).ebx & 1u << 5, 0u) << "AVX2";
}

TEST(GuestCpuid, TellsVirtualCpusApart) { EXPECT_EQ(ask(1, 0, 3).ebx >> 24, 3u); }

TEST(GuestCpuid, LeavesOutOfRangeAreZero) {
  for (uint32_t leaf : {0x0eu, 0x05u, 0x8000000au, 0x80000009u, 0x40000001u, 0x20000000u}) {
    auto answer = ask(leaf);
    EXPECT_EQ(answer.eax | answer.ebx | answer.ecx | answer.edx, 0u) << std::hex << leaf;
  }
}

TEST(GuestCpuid, TellsTheRateOfTheTsc) { EXPECT_EQ(ask(0x40000010).eax, 2400000u); }

} // namespace
} // namespace suture::hv

// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/scene/slots.h"

#include "runtime/host/host_text.h"
#include "runtime/host/own_image.h"

#include <array>
#include <cstdio>
#include <string_view>

#define SUTURE_TEXT_OF(number) #number
#define SUTURE_NUMBER(number) SUTURE_TEXT_OF(number)
#define SUTURE_SLOT_COUNT 8192

extern "C" {
SUTURE_PATCHABLE __attribute__((naked)) void sutureBenchmarkSlots();

void sutureBenchmarkSlots() {
  __asm__ volatile(".rept " SUTURE_NUMBER(SUTURE_SLOT_COUNT) "\n\t"
                                                             "movl $1, %eax\n\t"
                                                             "ret\n\t"
                                                             ".balign 16\n\t"
                                                             ".endr");
}
}

namespace suture::benchmarks {

static_assert(slotCount == SUTURE_SLOT_COUNT);

HvVirt slotAddress(uint32_t index) {
  return HvVirt{reinterpret_cast<uint64_t>(&sutureBenchmarkSlots) + uint64_t{index} * slotSize};
}

std::string slotName(uint32_t index) {
  std::array<char, 64> name{};
  std::snprintf(name.data(), name.size(), "_ZN6suture2hv10benchmarks12function%05uEPNS0_4VcpuEm",
                index);
  return name.data();
}

host::HostImage slotImage() {
  host::HostImage image{.text = SUTURE_PATCHABLE_TEXT, .symbols = {}, .buildId = slotBuildId()};
  for (uint32_t index = 0; index < slotCount; ++index)
    image.symbols.push_back(
        {.name = slotName(index),
         // NOLINTNEXTLINE(performance-no-int-to-ptr): a function of this program.
         .address = reinterpret_cast<const void *>(slotAddress(index).value),
         .size = slotSize});
  return image;
}

std::vector<uint8_t> slotBuildId() {
  constexpr std::string_view text = "suture benchmark id.";
  return {text.begin(), text.end()};
}

int callSlot(uint32_t index) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a function of this program.
  return reinterpret_cast<int (*)()>(slotAddress(index).value)();
}

} // namespace suture::benchmarks

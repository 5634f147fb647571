// SPDX-License-Identifier: Apache-2.0
// The floor of a pause: 5 bytes at the start of each of the first `count` benchmark targets,
// through the very alias that a commit writes through, and nothing else. The load and unload hooks
// of the payload "stores" (suture_bench/payload.py) call it, so it runs while all CPUs are stopped.

#include "hypervisor/core/cpu.h"
#include "hypervisor/core/hypervisor.h"
#include "hypervisor/livepatch/livepatch.h"

#include <cstdint>

using namespace suture;

extern "C" const uint8_t sutureBenchmarkTargets[];
extern "C" [[gnu::used, gnu::retain]] int32_t sutureBenchmarkStores(uint32_t count);

int32_t sutureBenchmarkStores(uint32_t count) {
  constexpr size_t distance = 16;
  // What stands there already: movl $1, %eax.
  constexpr uint8_t bytes[] = {0xb8, 1, 0, 0, 0};
  hv::TextAlias &alias = hv::currentCpu().hypervisor->livepatch->platform().alias();
  alias.showImage();
  uint8_t *place = alias.at(HvVirt{reinterpret_cast<uint64_t>(sutureBenchmarkTargets)});
  for (uint32_t index = 0; index < count; ++index, place += distance)
    __builtin_memcpy(place, bytes, sizeof(bytes));
  return 0;
}

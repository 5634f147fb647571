// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/guest/hypercalls.h"

#include "hypervisor/core/hypervisor.h"
#include "hypervisor/guest/hypercall.h"
#include "hypervisor/log/log.h"

extern "C" {
// Set by the linker: what SUTURE_HYPERCALL gathered.
extern const suture::hv::HypercallEntry hypercallsStart[];
extern const suture::hv::HypercallEntry hypercallsEnd[];
}

namespace suture::hv {
namespace {

int64_t time(HypercallContext &context) {
  return static_cast<int64_t>(context.hypervisor.clock.nowNs());
}
SUTURE_HYPERCALL(hypercall::time, time);

int64_t setTimer(HypercallContext &context) {
  if (context.secondArgument < 32 || context.secondArgument > 255)
    return hypercall_error::invalid;
  const x86::Clock &clock = context.hypervisor.clock;
  context.vcpu.timerVector = static_cast<uint8_t>(context.secondArgument);
  // Anything past a century would not fit, and is never.
  constexpr uint64_t century = uint64_t{100} * 366 * 24 * 3600 * 1'000'000'000;
  context.vcpu.scheduling.timerAt = context.firstArgument > century
                                        ? never
                                        : clock.start() + clock.toTicks(context.firstArgument);
  return 0;
}
SUTURE_HYPERCALL(hypercall::setTimer, setTimer);

int64_t exit(HypercallContext &context) {
  context.vcpu.scheduling.state = RunState::Dead;
  log("guest {}: ended with {}", context.vcpu.vm.nameText(), context.firstArgument);
  return 0;
}
SUTURE_HYPERCALL(hypercall::exit, exit);

} // namespace

int64_t callHypercall(uint64_t number, HypercallContext &context) {
  for (const HypercallEntry *entry = hypercallsStart; entry != hypercallsEnd; ++entry)
    if (entry->number == number)
      return entry->handler(context);
  return hypercall_error::notSupported;
}

} // namespace suture::hv

// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/scene/machine.h"

#include "benchmarks/scene/slots.h"
#include "runtime/error/error.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace suture::benchmarks {
namespace {

/// With more threads than processors, a CPU's turn may be long in coming.
constexpr uint32_t timeoutNs = 4'000'000'000;

[[noreturn]] void giveUp(std::string_view what, std::string_view why) {
  std::fprintf(stderr, "benchmark: %.*s: %.*s\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(why.size()), why.data());
  std::exit(1);
}

} // namespace

OtherCpus::OtherCpus(host::HostPlatform &platform, uint32_t count) : platform_(platform) {
  for (uint32_t index = 0; index < count; ++index) {
    platform_.joinCpus();
    threads_.emplace_back([this] {
      while (!stop_.load(std::memory_order_relaxed)) {
        platform_.safePoint();
        host::HostCpu::relax();
      }
      platform_.leaveCpus();
    });
  }
}

OtherCpus::~OtherCpus() {
  stop_ = true;
  for (std::thread &thread : threads_)
    thread.join();
}

Machine::Machine() : platform_(slotImage()), core_(platform_) {
  if (!platform_.isUsable())
    giveUp("host platform", "no memory near the program's text");
}

void Machine::upload(std::string_view name, std::span<const std::byte> file) {
  if (auto done = core_.upload(name, ByteView{file}); !done)
    giveUp(name, describe(done.error()).view());
}

void Machine::unload(std::string_view name) {
  if (auto done = core_.requestAction(
          {.name = name, .action = static_cast<uint32_t>(format::ActionKind::Unload)});
      !done)
    giveUp(name, describe(done.error()).view());
}

format::ActionTimes Machine::act(std::string_view name, format::ActionKind action, uint32_t flags) {
  const ActionSpec spec{.name = name,
                        .action = static_cast<uint32_t>(action),
                        .timeoutNs = timeoutNs,
                        .flags = flags};
  if (auto done = core_.requestAction(spec); !done)
    giveUp(name, describe(done.error()).view());
  core_.runPending();
  const auto *payload = core_.payloads().find(name);
  if (payload->result != 0)
    giveUp(name, "the action failed");
  return payload->times;
}

format::ActionTimes Machine::apply(std::string_view name, uint32_t flags) {
  return act(name, format::ActionKind::Apply, flags);
}

format::ActionTimes Machine::revert(std::string_view name) {
  return act(name, format::ActionKind::Revert, 0);
}

std::string Machine::stackOne() {
  const PayloadShape shape{.firstSlot = static_cast<uint32_t>(nextSeed_ % slotCount),
                           .seed = nextSeed_,
                           .depends = top_};
  std::string name = "stacked-" + std::to_string(nextSeed_++);
  upload(name, makePayload(shape));
  (void)apply(name);
  top_ = payloadBuildId(shape);
  return name;
}

uint64_t medianOf(std::vector<uint64_t> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

} // namespace suture::benchmarks

// SPDX-License-Identifier: Apache-2.0
#pragma once
// A machine to measure: the runtime on the host platform, with the slots as its hypervisor.

#include "benchmarks/scene/payloads.h"
#include "runtime/core/core.h"
#include "runtime/host/host_platform.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace suture::benchmarks {

using HostCore = LivepatchCore<host::HostPlatform>;

/// Threads that stand in for the CPUs besides the caller's, at their safe points all the time.
class OtherCpus final {
public:
  OtherCpus(host::HostPlatform &platform, uint32_t count);
  /// Takes them out of the machine; no rendezvous may begin meanwhile.
  ~OtherCpus();
  OtherCpus(const OtherCpus &) = delete;
  OtherCpus &operator=(const OtherCpus &) = delete;

private:
  host::HostPlatform &platform_;
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

class Machine final {
public:
  Machine();
  Machine(const Machine &) = delete;
  Machine &operator=(const Machine &) = delete;

  [[nodiscard]] host::HostPlatform &platform() noexcept { return platform_; }
  [[nodiscard]] HostCore &core() noexcept { return core_; }

  // Each ends the program with the reason when it does not work: there is nothing to measure then.

  void upload(std::string_view name, std::span<const std::byte> file);
  void unload(std::string_view name);
  /// Applies or reverts, and returns the times that the core recorded.
  format::ActionTimes apply(std::string_view name, uint32_t flags = 0);
  format::ActionTimes revert(std::string_view name);
  /// Uploads and applies a payload of one function that depends on what is on top. Its name is
  /// returned.
  std::string stackOne();

private:
  format::ActionTimes act(std::string_view name, format::ActionKind action, uint32_t flags);

  host::HostPlatform platform_;
  HostCore core_;
  uint64_t nextSeed_ = 1'000'000;
  std::vector<uint8_t> top_;
};

/// The middle value; of an even number, the upper one of the two. Precondition: not empty.
[[nodiscard]] uint64_t medianOf(std::vector<uint64_t> values);

} // namespace suture::benchmarks

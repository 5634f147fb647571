// SPDX-License-Identifier: Apache-2.0
#pragma once
// The host platform: real functions of this program are patched, threads stand in for CPUs.

#include "runtime/host/host_cpu.h"
#include "runtime/host/host_text.h"
#include "runtime/host/payload_pool.h"
#include "runtime/platform.h"
#include "runtime/rendezvous.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace suture::host {

struct HostSymbol {
  std::string name;
  const void *address = nullptr;
  uint64_t size = 0;
  SymbolKind kind = SymbolKind::Function;
};

/// What the "hypervisor" is: this program's patchable text, its symbols and its build-id.
struct HostImage {
  std::span<const std::byte> text;
  std::vector<HostSymbol> symbols;
  std::vector<uint8_t> buildId;
  std::vector<UnpatchableRange> unpatchable = {};
};

class HostPlatform final {
public:
  /// Bytes of address space for each of text, constants and data.
  static constexpr size_t defaultPoolSize = size_t{128} << 20;

  explicit HostPlatform(HostImage image, size_t poolSize = defaultPoolSize);
  HostPlatform(const HostPlatform &) = delete;
  HostPlatform &operator=(const HostPlatform &) = delete;

  /// Whether the kernel gave what the constructor needs.
  [[nodiscard]] bool isUsable() const noexcept;
  /// Gets each log line; none by default.
  void setLog(std::function<void(std::string_view)> log) { log_ = std::move(log); }

  // Threads as CPUs. A thread that called joinCpus() must call safePoint() again and again, or
  // quiesce() times out, until it calls leaveCpus(); and that not while a quiesce() may begin.

  void joinCpus() noexcept { cpus_.fetch_add(1); }
  void leaveCpus() noexcept;
  /// Takes part in a rendezvous when there is one. No frame of a patchable function may be on the
  /// calling thread's stack.
  void safePoint() noexcept {
    if (rendezvous_.isRequested()) {
      HostCpu cpu;
      (void)rendezvous_.join(cpu);
    }
  }

  [[nodiscard]] bool safePointRequested() const noexcept { return safePointRequested_; }
  [[nodiscard]] uint64_t deadlineNs() const noexcept { return deadlineNs_; }

  // Platform.

  [[nodiscard]] std::span<std::byte> allocate(size_t size, size_t alignment) noexcept;
  void release(std::span<std::byte> block) noexcept;
  [[nodiscard]] std::expected<PayloadMemory, MemoryError>
  allocatePayload(const PayloadSizes &sizes) noexcept;
  [[nodiscard]] bool protectPayload(const PayloadMemory &memory) noexcept;
  void releasePayload(const PayloadMemory &memory) noexcept;
  [[nodiscard]] std::optional<TargetSymbol> findSymbol(std::string_view name) const noexcept;
  [[nodiscard]] std::span<const uint8_t> buildId() const noexcept { return buildId_; }
  [[nodiscard]] bool readText(HvVirt address, std::span<uint8_t> out) const noexcept;
  [[nodiscard]] std::optional<UnpatchableRange> findUnpatchable(HvVirt address,
                                                                uint64_t size) const noexcept;
  void log(std::string_view line) noexcept;
  [[nodiscard]] QuiesceResult quiesce(const QuiesceRequest &request) noexcept;
  void writeText(HvVirt address, std::span<const uint8_t> bytes,
                 std::span<uint8_t> saved = {}) noexcept;
  [[nodiscard]] uint64_t nowNs() noexcept { return HostCpu::nowNs(); }
  [[nodiscard]] uint64_t nowTicks() noexcept { return HostCpu::nowTicks(); }
  void requestSafePoint() noexcept { safePointRequested_ = true; }
  void setDeadline(uint64_t deadlineNs) noexcept { deadlineNs_ = deadlineNs; }
  int32_t callHook(HvVirt function, void *argument) noexcept;

private:
  /// The alias of [address, address + size), or null where that is not text.
  [[nodiscard]] const std::byte *aliasOf(HvVirt address, uint64_t size) const noexcept;

  struct NameHash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  HostText text_;
  PayloadPool payloadText_, payloadConstants_, payloadData_;
  std::unordered_map<std::string, TargetSymbol, NameHash, std::equal_to<>> symbols_;
  std::vector<uint8_t> buildId_;
  std::vector<UnpatchableRange> unpatchable_;
  std::function<void(std::string_view)> log_;
  Rendezvous rendezvous_;
  /// CPUs besides the one that quiesces.
  std::atomic<uint32_t> cpus_{0};
  bool safePointRequested_ = false;
  uint64_t deadlineNs_ = UINT64_MAX;
};
static_assert(Platform<HostPlatform>);

} // namespace suture::host

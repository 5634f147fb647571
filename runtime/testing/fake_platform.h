// SPDX-License-Identifier: Apache-2.0
#pragma once
// A platform of bytes: an imaginary hypervisor whose text is a buffer. Records every call and every
// write, fails the call that it is told to fail, and checks what it is promised (memory comes back,
// nothing but the allowed calls happens while stopped). Hooks are functions of the test.

#include "runtime/platform.h"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace suture::testing {

/// The calls that can fail.
enum class Fallible : uint8_t {
  Allocate,
  AllocatePayload,
  /// allocatePayload() says NoAddressSpace.
  AllocateAddresses,
  ProtectPayload,
  QuiesceTimeout,
  QuiesceBusy,
};

/// One write to text while stopped.
struct RecordedWrite {
  HvVirt address;
  std::vector<uint8_t> before, after;
};

class FakePlatform final {
public:
  static constexpr HvVirt textStart{0xffff82d040200000};
  static constexpr size_t textSize = 1 << 18;
  static constexpr HvVirt payloadStart{0xffff82d060000000};

  /// \param size  bytes of text, at most textSize.
  explicit FakePlatform(size_t size = textSize);
  ~FakePlatform();
  FakePlatform(const FakePlatform &) = delete;
  FakePlatform &operator=(const FakePlatform &) = delete;

  // What tests set up and look at.

  /// Adds a function symbol over text that is already there.
  void addSymbol(std::string name, HvVirt address, uint64_t size,
                 SymbolKind kind = SymbolKind::Function);
  void markAmbiguous(std::string_view name);
  void addUnpatchable(HvVirt start, HvVirt end, std::string_view name);
  void setBuildId(std::vector<uint8_t> id) { buildId_ = std::move(id); }
  /// Calls to an address in a payload's text run this.
  void setHook(HvVirt function, std::function<int32_t(void *)> hook);
  /// What a hook at an address nobody set does; by default it returns 0.
  void setAnyHook(std::function<int32_t(HvVirt, void *)> hook) { anyHook_ = std::move(hook); }
  /// Writes to the image directly, as boot code would.
  void poke(HvVirt address, std::span<const uint8_t> bytes);
  [[nodiscard]] std::vector<uint8_t> peek(HvVirt address, size_t size) const;
  [[nodiscard]] std::span<const uint8_t> text() const noexcept { return text_; }

  /// Where the next payload goes.
  void setPayloadAddress(HvVirt address) noexcept { nextPayload_ = address; }

  /// The `skip`+1st call of that kind from now on fails, once.
  void failNext(Fallible call, uint32_t skip = 0);
  /// The `skip`+1st fallible call of any kind from now on fails, once.
  void failAny(uint32_t skip) { failAny_ = skip; }
  /// Whether failAny() has struck.
  [[nodiscard]] bool failedAny() const noexcept { return !failAny_.has_value(); }
  void clearFailures();
  void refuseSpecialSections() noexcept { specialSupported_ = false; }
  void failSpecial(SpecialError error) noexcept { specialError_ = error; }

  [[nodiscard]] const std::vector<RecordedWrite> &writes() const noexcept { return writes_; }
  void forgetWrites() { writes_.clear(); }
  /// Names of all calls that matter for order, such as "quiesce", "hook", "write", "resume".
  [[nodiscard]] const std::vector<std::string> &calls() const noexcept { return calls_; }
  void forgetCalls() { calls_.clear(); }
  [[nodiscard]] const std::vector<std::string> &logged() const noexcept { return log_; }
  /// Blocks and payload regions that have not come back.
  [[nodiscard]] size_t liveBlocks() const noexcept { return blocks_.size(); }
  [[nodiscard]] size_t livePayloads() const noexcept { return payloads_.size(); }
  [[nodiscard]] uint64_t deadlineNs() const noexcept { return deadlineNs_; }
  [[nodiscard]] bool safePointRequested() const noexcept { return safePointRequested_; }
  void advance(uint64_t ns) noexcept { nowNs_ += ns; }
  [[nodiscard]] const std::vector<SpecialSection> &attached() const noexcept { return attached_; }

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
  void writeText(HvVirt address, std::span<const uint8_t> bytes, std::span<uint8_t> saved) noexcept;
  [[nodiscard]] uint64_t nowNs() noexcept { return ++nowNs_; }
  [[nodiscard]] uint64_t nowTicks() noexcept { return nowNs_ * 3; }
  void requestSafePoint() noexcept { safePointRequested_ = true; }
  void setDeadline(uint64_t deadlineNs) noexcept { deadlineNs_ = deadlineNs; }
  int32_t callHook(HvVirt function, void *argument) noexcept;
  [[nodiscard]] bool supports(SpecialKind kind) const noexcept;
  [[nodiscard]] std::expected<void, SpecialError>
  attachSection(const PayloadMemory &memory, const SpecialSection &section) noexcept;
  void detachSections(const PayloadMemory &memory) noexcept;

private:
  struct PayloadSpace {
    std::vector<std::byte> text, constants, data;
    bool isProtected = false;
  };

  [[nodiscard]] bool shouldFail(Fallible call) noexcept;
  [[nodiscard]] const uint8_t *find(HvVirt address, size_t size) const noexcept;

  std::vector<uint8_t> text_;
  std::vector<uint8_t> buildId_;
  std::unordered_map<std::string, TargetSymbol> symbols_;
  std::vector<UnpatchableRange> unpatchable_;
  std::vector<std::string> unpatchableNames_;
  std::map<HvVirt, std::function<int32_t(void *)>> hooks_;
  std::function<int32_t(HvVirt, void *)> anyHook_;
  std::map<std::byte *, std::pair<size_t, std::unique_ptr<std::byte[]>>> blocks_;
  /// By cookie; payloads' text by address.
  std::map<uint64_t, PayloadSpace> payloads_;
  std::map<HvVirt, std::span<std::byte>> payloadText_;
  std::map<Fallible, uint32_t> failures_;
  std::optional<uint32_t> failAny_ = std::nullopt;
  std::vector<RecordedWrite> writes_;
  std::vector<std::string> calls_, log_;
  std::vector<SpecialSection> attached_;
  std::optional<SpecialError> specialError_;
  bool specialSupported_ = true;
  bool stopped_ = false;
  bool safePointRequested_ = false;
  uint64_t deadlineNs_ = UINT64_MAX;
  uint64_t nowNs_ = 1'000'000'000;
  HvVirt nextPayload_ = payloadStart;
  uint64_t nextCookie_ = 1;
};
static_assert(Platform<FakePlatform> && SpecialSectionPlatform<FakePlatform>);

} // namespace suture::testing

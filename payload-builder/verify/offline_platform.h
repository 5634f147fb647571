// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/support/target_image.h"
#include "runtime/platform.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace suture::builder {

/// The target's ELF as a Platform: addresses are the target's, bytes lie in this process. Nothing
/// is ever executed. Not thread-safe.
class OfflinePlatform final {
public:
  /// \param image  outlives the platform.
  explicit OfflinePlatform(const TargetImage &image);
  OfflinePlatform(const OfflinePlatform &) = delete;
  OfflinePlatform &operator=(const OfflinePlatform &) = delete;

  // BookkeepingMemory
  std::span<std::byte> allocate(size_t size, size_t alignment) noexcept;
  void release(std::span<std::byte> block) noexcept;

  // PayloadMemorySource
  std::expected<PayloadMemory, MemoryError> allocatePayload(const PayloadSizes &sizes) noexcept;
  bool protectPayload(const PayloadMemory &memory) noexcept;
  void releasePayload(const PayloadMemory &memory) noexcept;

  // TargetImage (the concept)
  std::optional<TargetSymbol> findSymbol(std::string_view name) const noexcept;
  std::span<const uint8_t> buildId() const noexcept { return image_.buildId(); }
  bool readText(HvVirt address, std::span<uint8_t> out) const noexcept;
  std::optional<UnpatchableRange> findUnpatchable(HvVirt address, uint64_t size) const noexcept;

  void log(std::string_view line) noexcept;

  // StopMachine
  QuiesceResult quiesce(const QuiesceRequest &request) noexcept;
  void writeText(HvVirt address, std::span<const uint8_t> bytes, std::span<uint8_t> saved) noexcept;

  uint64_t nowNs() noexcept { return ++clock_; }
  uint64_t nowTicks() noexcept { return clock_; }
  void requestSafePoint() noexcept {}
  void setDeadline(uint64_t) noexcept {}
  int32_t callHook(HvVirt, void *) noexcept { return 0; }

  // SpecialSectionPlatform: the core has checked sizes and bounds; there is nothing to register
  // where nothing runs.
  bool supports(SpecialKind) const noexcept { return true; }
  std::expected<void, SpecialError> attachSection(const PayloadMemory &,
                                                  const SpecialSection &) noexcept {
    return {};
  }
  void detachSections(const PayloadMemory &) noexcept {}

  /// What the runtime logged, for messages.
  const std::vector<std::string> &lines() const { return lines_; }

private:
  struct TextArea {
    uint64_t address = 0;
    std::span<uint8_t> bytes;
  };
  struct Free {
    void operator()(std::byte *block) const;
  };
  using Block = std::unique_ptr<std::byte, Free>;

  PayloadRegion makeRegion(uint64_t size, bool isText);
  const TextArea *areaOf(HvVirt address, uint64_t size) const;

  const TargetImage &image_;
  /// Copies of the image's executable sections.
  std::vector<std::vector<uint8_t>> imageText_;
  std::vector<TextArea> text_;
  std::map<std::byte *, Block> blocks_;
  std::vector<std::string> lines_;
  uint64_t nextPayload_ = 0;
  uint64_t clock_ = 0;
};

static_assert(Platform<OfflinePlatform>);
static_assert(SpecialSectionPlatform<OfflinePlatform>);

} // namespace suture::builder

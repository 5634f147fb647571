// SPDX-License-Identifier: Apache-2.0
#pragma once
// What loading costs without the host kernel's part in it: payload memory that is there already.
//
// The host platform maps each payload's pages afresh, so that a load there is mostly page faults
// and mmap calls. A hypervisor takes pages from its own pool instead. This platform does as much:
// zeroed memory at an address near the text. Nothing loaded through it can run.

#include "runtime/host/host_platform.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

namespace suture::benchmarks {

/// Satisfies LoadPlatform; holds one payload at a time.
class ArenaPlatform final {
public:
  static constexpr size_t regionSize = size_t{8} << 20;

  /// \param host  outlives this; all but payload memory is its.
  explicit ArenaPlatform(host::HostPlatform &host, HvVirt near)
      : host_(host), start_{(near.value & ~uint64_t{0xfff}) + (uint64_t{512} << 20)},
        bytes_(3 * regionSize) {}

  [[nodiscard]] std::span<std::byte> allocate(size_t size, size_t alignment) noexcept {
    return host_.allocate(size, alignment);
  }
  void release(std::span<std::byte> block) noexcept { host_.release(block); }
  [[nodiscard]] std::expected<PayloadMemory, MemoryError>
  allocatePayload(const PayloadSizes &sizes) noexcept {
    if (std::max({sizes.text, sizes.constants, sizes.data}) > regionSize)
      return std::unexpected(MemoryError::NoMemory);
    return PayloadMemory{.text = region(0, sizes.text),
                         .constants = region(1, sizes.constants),
                         .data = region(2, sizes.data)};
  }
  [[nodiscard]] bool protectPayload(const PayloadMemory &) noexcept { return true; }
  void releasePayload(const PayloadMemory &) noexcept {}
  [[nodiscard]] std::optional<TargetSymbol> findSymbol(std::string_view name) const noexcept {
    return host_.findSymbol(name);
  }
  [[nodiscard]] std::span<const uint8_t> buildId() const noexcept { return host_.buildId(); }
  [[nodiscard]] bool readText(HvVirt address, std::span<uint8_t> out) const noexcept {
    return host_.readText(address, out);
  }
  [[nodiscard]] std::optional<UnpatchableRange> findUnpatchable(HvVirt address,
                                                                uint64_t size) const noexcept {
    return host_.findUnpatchable(address, size);
  }
  void log(std::string_view line) noexcept { host_.log(line); }

private:
  PayloadRegion region(uint64_t index, uint64_t size) noexcept {
    const std::span bytes = std::span{bytes_}.subspan(index * regionSize, size);
    std::ranges::fill(bytes, std::byte{0});
    return {.address = start_ + index * regionSize, .bytes = bytes};
  }

  host::HostPlatform &host_;
  HvVirt start_;
  std::vector<std::byte> bytes_;
};
static_assert(LoadPlatform<ArenaPlatform>);

} // namespace suture::benchmarks

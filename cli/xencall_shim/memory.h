// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>

namespace suture::shim {

/// The memory that a client of libxencall was given for hypercalls. Operations of older interface
/// versions name buffers without their sizes; how much room there is behind an address is known
/// here.
/// Context: one thread at a time, as libxencall's handles are used without a lock of their own.
class HypercallMemory final {
public:
  /// \returns zeroed whole pages, or null.
  void *allocate(size_t pages);
  void free(void *memory, size_t pages);

  /// The bytes from `address` to the end of the allocation that it lies in; none if it lies in
  /// none.
  std::span<std::byte> from(uint64_t address) const;

private:
  std::map<uint64_t, size_t> allocations_;
};

} // namespace suture::shim

// SPDX-License-Identifier: Apache-2.0
#pragma once
// The memory of whoever made a request: reached only by copying, never by a pointer.

#include "runtime/format/control.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace suture {

///   readable(handle, size)   Whether copyIn() of that range can work (an empty one always can).
///   writable(handle, size)   Same for copyOut().
///   copyIn(handle, out)      Copies out.size() bytes from the caller; false on a fault.
///   copyOut(handle, in)      Copies in.size() bytes to the caller; false on a fault.
template <typename M>
concept CallerMemory = requires(M &memory, format::Handle handle, uint64_t size,
                                std::span<std::byte> out, std::span<const std::byte> in) {
  { memory.readable(handle, size) } noexcept -> std::same_as<bool>;
  { memory.writable(handle, size) } noexcept -> std::same_as<bool>;
  { memory.copyIn(handle, out) } noexcept -> std::same_as<bool>;
  { memory.copyOut(handle, in) } noexcept -> std::same_as<bool>;
};

} // namespace suture

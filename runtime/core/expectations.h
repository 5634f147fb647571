// SPDX-License-Identifier: Apache-2.0
#pragma once
// Expectations: bytes that must stand at a function's address when it is patched.
//
// REPLACE reverts the whole stack first, so its expectations are about bytes that do not stand
// there yet. They are the bytes that stand there now, with the saved bytes of every applied patch
// laid over them, top of the stack first, so that the lowest payload's saved bytes win:
//
//   now       E9 ..(top's jump)..     top saved: E9 ..(bottom's jump)..   bottom saved: 55 48 89 ..
//   after     55 48 89 ..
//
// The patches are sorted by address once, so that n expectations over m patches cost
// O((n + m) log m), not n * m.

#include "runtime/core/payload.h"
#include "runtime/error/try.h"
#include "runtime/memory/array.h"
#include "runtime/platform.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>

namespace suture {

/// A view of the hypervisor's text as it will be once some applied payloads are reverted.
template <Platform P> class FutureText final {
public:
  explicit FutureText(P &platform) noexcept : platform_(platform), patches_(platform) {}

  /// Looks past the patches of these payloads. Without this call: the text as it is.
  /// \param stack  bottom first, each of them applied.  Errors: NoMemoryForAction.
  [[nodiscard]] Result<> lookPast(std::span<Payload<P> *const> stack) noexcept {
    size_t count = 0;
    for (const Payload<P> *payload : stack)
      count += payload->loaded.functions.size();
    if (!patches_.make(count))
      return fail({.code = ErrorCode::NoMemoryForAction});
    size_t next = 0;
    for (uint32_t height = 0; height < stack.size(); ++height)
      for (const PatchedFunction &function : stack[height]->loaded.functions.items())
        patches_[next++] = {.function = &function, .height = height};
    std::ranges::sort(patches_.items(), [](const Patch &left, const Patch &right) {
      return left.function->site() < right.function->site();
    });
    return {};
  }

  /// Copies what will stand at `address`; false when it is not all text. At most opaqueSize bytes.
  [[nodiscard]] bool read(HvVirt address, std::span<uint8_t> out) const noexcept {
    if (!platform_.readText(address, out))
      return false;
    // Per byte, the lowest payload that saved it decides.
    uint32_t lowest[format::opaqueSize];
    std::ranges::fill(lowest, UINT32_MAX);
    const HvVirt from{address.value - std::min<uint64_t>(address.value, format::opaqueSize)};
    const std::span patches = patches_.items();
    auto patch = std::ranges::lower_bound(patches, from, {},
                                          [](const Patch &p) { return p.function->site(); });
    for (; patch != patches.end() && patch->function->site() < address + out.size(); ++patch)
      for (uint64_t index = 0; index < patch->function->length; ++index) {
        const uint64_t target = patch->function->site() + index - address;
        if (target < out.size() && patch->height < lowest[target]) {
          lowest[target] = patch->height;
          out[target] = patch->function->saved[index];
        }
      }
    return true;
  }

private:
  struct Patch {
    const PatchedFunction *function = nullptr;
    uint32_t height = 0;
  };

  P &platform_;
  OwnedArray<Patch, P> patches_;
};

/// Checks every enabled expectation of a payload.
/// Errors: ExpectationReservedBits, ExpectationLongerThanFunction, ExpectationUnreadable,
/// ExpectationMismatch. Context: control.
template <Platform P>
[[nodiscard]] Result<> checkExpectations(const Payload<P> &payload,
                                         const FutureText<P> &text) noexcept {
  using Expectation = format::LivepatchExpectation;
  const std::span functions = payload.loaded.functions.items();
  for (uint32_t index = 0; index < functions.size(); ++index) {
    const PatchedFunction &function = functions[index];
    const uint8_t header = function.expectation.header;
    if ((header & Expectation::enabledBit) == 0)
      continue;
    Error error{.entry = index, .subject = {function.name}};
    const unsigned length = (header >> Expectation::lengthShift) & Expectation::lengthMask;
    if ((header & Expectation::reservedMask) != 0) {
      error.code = ErrorCode::ExpectationReservedBits;
      error.value = header & Expectation::reservedMask;
      return fail(error);
    }
    if (function.oldSize < length) {
      error.code = ErrorCode::ExpectationLongerThanFunction;
      error.value = length;
      error.allowed = function.oldSize;
      return fail(error);
    }
    uint8_t buffer[format::opaqueSize];
    const std::span found = std::span{buffer}.first(length);
    const std::span expected = std::span{function.expectation.data}.first(length);
    if (!text.read(function.oldAddress, found)) {
      error.code = ErrorCode::ExpectationUnreadable;
      error.value = length;
      error.offset = function.oldAddress.value;
      return fail(error);
    }
    if (auto differ = std::ranges::mismatch(found, expected); differ.in1 != found.end()) {
      error.code = ErrorCode::ExpectationMismatch;
      error.offset = static_cast<uint64_t>(differ.in1 - found.begin());
      error.top = hexText(found);
      error.other = hexText(expected);
      return fail(error);
    }
  }
  return {};
}

} // namespace suture

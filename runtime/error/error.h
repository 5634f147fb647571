// SPDX-License-Identifier: Apache-2.0
#pragma once
// What went wrong, as a value: which check, where, which value, what was allowed. Text and errno
// are derived from it in one place (error.cpp).

#include "runtime/error/error_code.h"
#include "runtime/error/text.h"
#include "runtime/format/frame.h"

#include <cstdint>
#include <string_view>

namespace suture {

/// A failed check. Fields that a code's text does not name are 0 or empty.
struct Error {
  ErrorCode code{};
  /// Index of an ELF section.
  uint32_t section = 0;
  /// Index of a symbol, relocation, function, hook, list entry or segment.
  uint32_t entry = 0;
  /// Bytes from the start of the file, section or name; or an address.
  uint64_t offset = 0;
  /// What was found.
  uint64_t value = 0;
  /// What would have been right, or the limit.
  uint64_t allowed = 0;
  /// What a hook returned; decides the errno of PreHookFailed and ActionHookFailed when negative.
  int32_t hookResult = 0;
  /// Name of a section, symbol, function or payload; or a build-id in hex.
  Text<192> subject = {};
  /// A second name.
  Text<128> other = {};
  /// A third: the top of the stack.
  Text<128> top = {};
};

/// Name of the code, as in ErrorCode: for logs and tests.
[[nodiscard]] std::string_view errorName(ErrorCode code) noexcept;

/// Row of docs/payload-format.md's table of checks, 0 for a check that Xen does not make.
[[nodiscard]] unsigned errorCheckNumber(ErrorCode code) noexcept;

/// errno of the control ABI for the code.
[[nodiscard]] format::Errno errnoOf(ErrorCode code) noexcept;

/// Result of the control ABI: errno negated; for a failed hook, what the hook returned.
[[nodiscard]] int32_t resultOf(const Error &error) noexcept;

/// The longest reason that describe() makes fits: the frame's limit.
using Reason = Text<format::maxReasonSize>;

/// The precise reason, one line without a full stop.
[[nodiscard]] Reason describe(const Error &error) noexcept;

} // namespace suture

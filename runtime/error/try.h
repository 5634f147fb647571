// SPDX-License-Identifier: Apache-2.0
#pragma once
// Early return for std::expected with our Error.

#include "runtime/error/error.h"

#include <expected>
#include <utility>

namespace suture {

/// A value or the failed check.
template <typename T = void> using Result = std::expected<T, Error>;

/// Shorthand for `return std::unexpected(Error{...})`.
[[nodiscard]] inline std::unexpected<Error> fail(const Error &error) noexcept {
  return std::unexpected<Error>(error);
}

} // namespace suture

/// Returns the error of a Result<void> expression from the enclosing function.
#define SUTURE_TRY(expression)                                                                     \
  do {                                                                                             \
    if (auto sutureTried = (expression); !sutureTried)                                             \
      return std::unexpected(std::move(sutureTried).error());                                      \
  } while (false)

/// Declares `variable` as the value of a Result<T> expression, or returns its error.
#define SUTURE_TRY_ASSIGN(variable, expression)                                                    \
  auto variable##Result = (expression);                                                            \
  if (!variable##Result)                                                                           \
    return std::unexpected(std::move(variable##Result).error());                                   \
  auto variable = *std::move(variable##Result)

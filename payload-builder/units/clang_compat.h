// SPDX-License-Identifier: Apache-2.0
#pragma once
// All that hangs on the version of Clang that this is built with.

#include <clang/Basic/Version.h>
#include <llvm/ADT/StringRef.h>

namespace suture::builder {

static_assert(CLANG_VERSION_MAJOR == 19, "Clang's front end has no stable interface");

/// Where Clang's own headers lie, and the names its driver goes by: Debian's packages.
inline constexpr llvm::StringLiteral ClangResourceDir = "/usr/lib/llvm-19/lib/clang/19";
inline constexpr llvm::StringLiteral ClangDriver = "/usr/lib/llvm-19/bin/clang";
inline constexpr llvm::StringLiteral ClangCxxDriver = "/usr/lib/llvm-19/bin/clang++";

} // namespace suture::builder

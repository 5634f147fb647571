// SPDX-License-Identifier: Apache-2.0
#pragma once
// Verbs that another program does, git style: `suture build` runs `suture-build build`. Those
// programs need more than this one does (LLVM, Google Benchmark) and may be absent.

#include "cli/client/client_error.h"

#include <span>
#include <string>
#include <string_view>

namespace suture::verbs {

/// A program that does verbs of this command.
struct Companion {
  std::string_view program;
  /// Where the build puts it, seen from the folder above this program's.
  std::string_view buildFolder;
  /// What it is for, and how it is had, for the error that it is absent.
  std::string_view purpose;
};

/// The program that does `verb`; null if this one does.
const Companion *companionFor(std::string_view verb);

/// The companion's path: beside this program, in the build tree's place for it, or on PATH.
/// Errors: Failed (nowhere).
client::Expected<std::string> findCompanion(const Companion &companion);

/// Replaces this process by the companion, with the same arguments. In its environment, SUTURE is
/// the path of this program.
/// \param arguments  the verb and what follows it.  \returns only on failure.
client::ClientError execCompanion(const Companion &companion, std::span<char *const> arguments);

} // namespace suture::verbs

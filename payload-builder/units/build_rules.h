// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <llvm/ADT/StringRef.h>
#include <optional>
#include <set>
#include <string>

namespace suture::builder {

/// A file that the build makes from another.
struct MadeFile {
  /// Relative to the source root.
  std::string file;
  /// The build file and line of the rule.
  std::string buildFile;
  unsigned line = 0;
};

/// Whether a build file in make's syntax has a rule that makes one of `files` from `source`.
/// Variables at the start of a path stand for any folder; what functions of make do is not known.
/// \param buildFile  path relative to the source root. \param text  its contents.
/// \param source  path relative to the source root. \param files  likewise.
std::optional<MadeFile> findRule(const std::string &buildFile, llvm::StringRef text,
                                 const std::string &source, const std::set<std::string> &files);

/// Whether two states of a build file in make's syntax differ in comments and white space alone.
bool haveSameRules(llvm::StringRef base, llvm::StringRef patched);

} // namespace suture::builder

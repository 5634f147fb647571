// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <llvm/ADT/StringRef.h>
#include <set>
#include <string>
#include <vector>

namespace suture::builder {

/// A file that the build makes from another.
struct MadeFile {
  /// Relative to the source root.
  std::string file;
  /// The build file and line of the rule.
  std::string buildFile;
  unsigned line = 0;
  /// The rule names it by a path that a variable begins; else relative to the build file's folder.
  bool isAnywhere = false;
};

/// The rules of a build file in make's syntax that make one of `files` from `source`. Variables at
/// the start of a path stand for any folder, those of kbuild (`$(obj)`, `$(src)`) for the build
/// file's own, others for a part of a name; what functions of make do is not known.
/// \param buildFile  path relative to the source root. \param text  its contents.
/// \param source  path relative to the source root. \param files  likewise.
std::vector<MadeFile> findRules(const std::string &buildFile, llvm::StringRef text,
                                const std::string &source, const std::set<std::string> &files);

/// Whether a file of that name is in make's syntax.
bool isMakefile(llvm::StringRef name);

/// Whether it says how something is built, in make's syntax or that of Bazel or CMake.
bool isBuildFile(llvm::StringRef name);

/// Lines of a build file in make's syntax as make reads them: continued ones joined, comments and
/// white space at the end dropped, no empty ones. Each with a final newline.
std::string logicalText(llvm::StringRef text);

/// Whether two states of a build file in make's syntax differ in comments and white space alone.
bool haveSameRules(llvm::StringRef base, llvm::StringRef patched);

} // namespace suture::builder

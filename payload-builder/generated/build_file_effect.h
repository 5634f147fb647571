// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <llvm/ADT/StringRef.h>
#include <set>
#include <string>
#include <vector>

namespace suture::builder {

/// What a change of a makefile does to a build, as far as its text alone says so with certainty.
struct BuildFileEffect {
  /// Objects that the folder has from now on, or no longer has: `name.o`, as `obj-y` and `lib-y`
  /// list them.
  std::vector<std::string> added, removed;
  /// Assignments to variables of the product's version: `NAME = VALUE`, as they are now.
  std::vector<std::string> versions;
  /// The first other change, `+ LINE` or `- LINE`; "": there is none.
  std::string other;
};

/// Compares two states of a makefile.
/// \param options  names of configuration options that are set (`CONFIG_X`): what an
///                 `obj-$(CONFIG_X)` list counts for.
BuildFileEffect effectOf(llvm::StringRef base, llvm::StringRef patched,
                         const std::set<std::string> &options);

} // namespace suture::builder

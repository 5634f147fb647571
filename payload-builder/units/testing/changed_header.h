// SPDX-License-Identifier: Apache-2.0
#pragma once
// For tests: a header of a small tree changes, and a few units see it.

#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/temp_dir.h"

#include <llvm/Support/Error.h>
#include <string>

namespace suture::builder {

/// x.h changes; units include y.h, which may include it.
class ChangedHeader {
public:
  void file(const std::string &path, const std::string &text);
  /// A unit that includes y.h first, with its compile command.
  void unit(const std::string &path, const std::string &text, const std::string &options = "");
  void header(const std::string &x, const std::string &patched, const std::string &y);
  /// Units `1.c`, `2.c` and so on that mention nothing: what few units see is not looked at.
  void others(unsigned count);
  /// Names of the units that are kept.
  std::string kept() const;

private:
  TempDir folder_ = llvm::cantFail(TempDir::create());
  SourceTree tree_ = {.root = folder_.path(), .files = {}, .diffText = {}};
};

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#pragma once
// One source before and after, through the changes stage.

#include "payload-builder/changes/find_changes.h"
#include "payload-builder/support/change_set.h"

#include <llvm/Support/Error.h>
#include <string>
#include <vector>

namespace suture::builder::testing_support {

/// A case is built up and then asked once. In its texts, `{{before||after}}` stands for `before` in
/// the base and for `after` in the patched state.
class Case final {
public:
  /// The unit x.c, or x.cpp.
  Case &c(const std::string &text) { return unit("x.c", text); }
  Case &cxx(const std::string &text) { return unit("x.cpp", text); }
  /// One more unit.
  Case &unit(const std::string &path, const std::string &text) { return add(path, text, true); }
  /// More units than this are many.
  Case &many(size_t units) {
    manyUnits_ = units;
    return *this;
  }
  /// A file that is no unit.
  Case &header(const std::string &path, const std::string &text) { return add(path, text, false); }

  /// The stage's whole dump; `error: ` and the message where it fails.
  std::string dump() const;
  /// `KIND: NAME: DETAIL` of each change to a function.
  std::string functionChanges() const;
  /// `CODE FILE:LINE SUBJECT` of each refusal.
  std::string refusals() const;
  /// Each escape as a line.
  std::string escapes() const;
  /// The stage's outcome itself.
  llvm::Expected<ChangeSet> run() const;

private:
  struct File {
    std::string path, base, patched;
    bool isUnit = false;
  };
  Case &add(const std::string &path, const std::string &text, bool isUnit);

  std::vector<File> files_;
  size_t manyUnits_ = ChangesOptions().manyUnits;
};

} // namespace suture::builder::testing_support

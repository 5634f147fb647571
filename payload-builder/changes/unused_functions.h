// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which of the functions that its headers define a unit has no use for.

#include "payload-builder/units/front_end.h"

#include <cstdint>
#include <llvm/ADT/DenseSet.h>
#include <llvm/ADT/StringRef.h>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace suture::builder {

/// Names of functions.
class FunctionNames final {
public:
  bool contains(llvm::StringRef name) const;

private:
  friend class UnusedFunctions;
  llvm::DenseSet<uint64_t> hashes_;
};

/// Foretells from the words of a unit's files which functions it never comes to. It is a guess:
/// names may be put together of several words, and the unit may read files that the build did not.
/// What was learnt of a file is kept for the next unit. Thread-safe.
class UnusedFunctions final {
public:
  /// Functions of headers that the diff leaves alone; none where the build left no list of the
  /// unit's files, or where it is not in C.
  FunctionNames in(const UnitState &unit);

private:
  struct Definition;
  struct FileWords;
  std::shared_ptr<const FileWords> wordsIn(TreeFileSystem &files, const std::string &path,
                                           TreeState state);

  std::mutex mutex_;
  /// By path, and by state where that makes a difference.
  std::map<std::pair<std::string, int>, std::shared_ptr<const FileWords>> files_;
};

} // namespace suture::builder

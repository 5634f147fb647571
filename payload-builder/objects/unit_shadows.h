// SPDX-License-Identifier: Apache-2.0
#pragma once
// The shadow trees that one state's units are compiled in.

#include "payload-builder/objects/shadow_tree.h"
#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/unit.h"
#include "payload-builder/units/include_scan.h"

#include <llvm/Support/Error.h>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace suture::builder {

/// Shows each unit the files that it can open, and only where that is not known, or was not enough,
/// all of the tree. Thread-safe.
class UnitShadows final {
public:
  /// \param tree  outlives the object. \param texts  as ShadowTree::create() takes them.
  UnitShadows(const SourceTree &tree, std::map<std::string, FileText> texts);
  UnitShadows(const UnitShadows &) = delete;
  UnitShadows &operator=(const UnitShadows &) = delete;

  /// The texts are those on disk: units are compiled in the tree itself.
  bool areOnDisk() const { return areOnDisk_; }

  /// Calls compile(tree), where nullptr stands for the tree on disk. Should it fail where not all
  /// files are shown, it is called again where they are. Errors: its own; no space, or no
  /// permission, for the shadow.
  template <typename Compile>
  auto run(const Unit &unit, Compile &&compile) -> decltype(compile(nullptr)) {
    if (areOnDisk_)
      return compile(nullptr);
    auto first = treeFor(unit);
    if (!first)
      return first.takeError();
    auto result = compile(*first);
    if (result || isWhole(*first))
      return result;
    auto whole = wholeTree();
    if (!whole) {
      llvm::consumeError(whole.takeError()); // What the compiler said is more to the point.
      return result;
    }
    llvm::consumeError(result.takeError()); // It comes again, or was for a file that was missing.
    return compile(*whole);
  }

private:
  llvm::Expected<const ShadowTree *> treeFor(const Unit &unit);
  llvm::Expected<const ShadowTree *> wholeTree();
  bool isWhole(const ShadowTree *tree) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return whole_ && tree == &*whole_;
  }

  const SourceTree &tree_;
  const std::map<std::string, FileText> texts_;
  const bool areOnDisk_;
  mutable std::mutex mutex_;
  IncludeScan scan_;
  std::set<std::pair<std::string, std::string>> shown_;
  std::optional<ShadowTree> partial_, whole_;
};

} // namespace suture::builder

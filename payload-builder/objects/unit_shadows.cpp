// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/unit_shadows.h"

// What a unit can open is what its #include lines name, in every folder of its search path,
// whatever #if they are under: all of that is shown, so that a name that several folders have is
// found in the same one as in the tree. A line of which that cannot be told (a name that a macro
// makes, a question with __has_include) takes the whole tree, and so does a unit that does not
// compile: it may have wanted a file for which there is no #include line (`.incbin`). More units
// than a few take it too: the links are then made once for all.

namespace suture::builder {

namespace {

constexpr size_t fewUnits = 16;

} // namespace

UnitShadows::UnitShadows(const SourceTree &tree, std::map<std::string, FileText> texts)
    : tree_(tree), texts_(std::move(texts)), areOnDisk_(builder::areOnDisk(tree.root, texts_)),
      scan_(tree) {}

llvm::Expected<const ShadowTree *> UnitShadows::treeFor(const Unit &unit) {
  std::unique_lock<std::mutex> lock(mutex_);
  const std::pair<std::string, std::string> key{unit.source, unit.command.output};
  if (shown_.contains(key))
    return &*partial_;
  if (whole_ || shown_.size() >= fewUnits) {
    lock.unlock();
    return wholeTree();
  }
  const std::string source =
      unit.source.starts_with('/') ? unit.source : tree_.root + "/" + unit.source;
  const auto names = scan_.names({unit.command, unit.language, source});
  if (!names) {
    lock.unlock();
    return wholeTree();
  }
  if (!partial_) {
    auto made = ShadowTree::createEmpty(tree_.root, texts_);
    if (!made)
      return made.takeError();
    partial_ = std::move(*made);
  }
  if (llvm::Error error = partial_->show(*names))
    return error;
  shown_.insert(key);
  return &*partial_;
}

llvm::Expected<const ShadowTree *> UnitShadows::wholeTree() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!whole_) {
    auto made = ShadowTree::create(tree_.root, texts_);
    if (!made)
      return made.takeError();
    whole_ = std::move(*made);
  }
  return &*whole_;
}

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/named_references.h"

#include <set>
#include <variant>
#include <vector>

namespace suture::builder {

void visitNamed(const ObjectModel &object, PieceIndex from,
                llvm::function_ref<void(PieceIndex)> visit) {
  std::vector<PieceIndex> open = {from};
  std::set<PieceIndex> seen = {from};
  while (!open.empty()) {
    const PieceIndex index = open.back();
    open.pop_back();
    for (const Reference &reference : object.piece(index).references) {
      const auto *target = std::get_if<PieceTarget>(&reference.target);
      if (target == nullptr)
        continue;
      if (!object.piece(target->piece).names.empty())
        visit(target->piece);
      else if (seen.insert(target->piece).second)
        open.push_back(target->piece);
    }
  }
}

bool refersTo(const ObjectModel &object, PieceIndex from, PieceIndex to) {
  bool found = false;
  visitNamed(object, from, [&](PieceIndex target) { found |= target == to; });
  return found;
}

} // namespace suture::builder

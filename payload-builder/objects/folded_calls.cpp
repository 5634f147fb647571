// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/folded_calls.h"

#include "payload-builder/objects/compare_pieces.h"
#include "payload-builder/objects/named_references.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace suture::builder {

std::optional<InlineChain> foldedCalls(const ObjectModel &object, PieceIndex function,
                                       const CallsToChanged &calls,
                                       llvm::function_ref<bool(std::string_view)> isChanged) {
  // Clones count as their function.
  std::set<std::string_view> inCode;
  visitNamed(object, function,
             [&](PieceIndex target) { inCode.insert(familyOf(object.piece(target).name())); });
  std::vector<InlineChain> open;
  for (const std::string_view name : object.piece(function).names)
    open.push_back({std::string(familyOf(name))});
  std::set<std::string_view> seen;
  for (size_t next = 0; next < open.size(); ++next) {
    const auto callees = calls.find(open[next].back());
    if (callees == calls.end())
      continue;
    for (const std::string &callee : callees->second) {
      if (!seen.insert(callee).second || inCode.contains(callee))
        continue;
      InlineChain chain = open[next];
      chain.push_back(callee);
      if (isChanged(callee))
        return InlineChain{chain.begin() + 1, chain.end()};
      open.push_back(std::move(chain));
    }
  }
  return std::nullopt;
}

} // namespace suture::builder

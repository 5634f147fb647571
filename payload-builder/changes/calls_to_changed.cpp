// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/calls_to_changed.h"

#include <vector>

namespace suture::builder {
namespace {

bool isOfFunction(const Change &change) {
  return change.kind == ChangeKind::FunctionBody || change.kind == ChangeKind::FunctionSignature ||
         change.kind == ChangeKind::FunctionAdded || change.kind == ChangeKind::FunctionRemoved;
}

} // namespace

CallsToChanged callsToChanged(const UnitFacts &base, const UnitFacts &patched,
                              std::span<const Change> changes) {
  std::map<std::string, std::vector<const FunctionFacts *>> callers;
  for (const UnitFacts *facts : {&base, &patched})
    for (const auto &[symbol, function] : facts->functions)
      for (const std::string &callee : function.callees)
        callers[callee].push_back(&function);
  CallsToChanged calls;
  std::vector<std::string> open;
  for (const Change &change : changes)
    if (isOfFunction(change))
      open.push_back(change.linkageName);
  std::set<std::string> seen(open.begin(), open.end());
  while (!open.empty()) {
    const std::string callee = std::move(open.back());
    open.pop_back();
    for (const FunctionFacts *caller : callers[callee]) {
      for (const std::string &symbol : caller->linkageNames)
        calls[symbol].insert(callee);
      if (seen.insert(caller->linkageNames.front()).second)
        open.push_back(caller->linkageNames.front());
    }
  }
  return calls;
}

} // namespace suture::builder

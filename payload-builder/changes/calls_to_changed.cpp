// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/calls_to_changed.h"

#include <string_view>
#include <vector>

namespace suture::builder {
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
    if (const std::string_view name = functionOf(change); !name.empty())
      open.emplace_back(name);
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

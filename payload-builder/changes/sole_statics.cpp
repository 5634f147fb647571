// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/sole_statics.h"

#include <map>
#include <string>
#include <string_view>

namespace suture::builder {
namespace {

/// By name: `function.variable`; "" where several are of that name.
std::map<std::string_view, std::string_view> staticsByName(const UnitFacts &facts) {
  std::map<std::string_view, std::string_view> found;
  for (const auto &[symbol, variable] : facts.variables) {
    const std::string_view name = variable.linkageName;
    const size_t dot = name.find('.');
    if (dot == std::string_view::npos)
      continue;
    const auto [entry, isNew] = found.try_emplace(name.substr(dot + 1), name);
    if (!isNew)
      entry->second = {};
  }
  return found;
}

} // namespace

SoleStatics soleStatics(const UnitFacts &base, const UnitFacts &patched) {
  const auto before = staticsByName(base);
  SoleStatics sole;
  for (const auto &[name, symbol] : staticsByName(patched))
    if (const auto found = before.find(name);
        found != before.end() && !symbol.empty() && found->second == symbol)
      sole.emplace(name);
  return sole;
}

} // namespace suture::builder

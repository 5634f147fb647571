// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/hazards.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <tuple>

namespace suture::builder {
namespace {

/// The payload brings it, and the target has none.
bool isOwn(const UnitFacts &base, const UnitFacts &patched, const std::string &symbol) {
  return (patched.functions.contains(symbol) && !base.functions.contains(symbol)) ||
         (patched.variables.contains(symbol) && !base.variables.contains(symbol));
}

std::string howItEscapes(const AddressUse &use) {
  switch (use.sink) {
  case AddressSink::Stored:
    return "is stored in " + use.where;
  case AddressSink::Passed:
    return "is passed to " + use.where;
  case AddressSink::Returned:
    return "is returned";
  }
  return {};
}

/// Enumerators that functions refer to, by name.
std::map<std::string, EnumeratorFacts> usedEnumerators(const UnitFacts &facts) {
  std::map<std::string, EnumeratorFacts> result;
  for (const auto &[symbol, function] : facts.functions)
    for (const EnumeratorFacts &enumerator : function.enumerators)
      result.try_emplace(enumerator.name, enumerator);
  return result;
}

} // namespace

/// Addresses of what the payload brings, in functions that run from it.
std::vector<Escape> findEscapes(const UnitFacts &base, const UnitFacts &patched,
                                const std::set<std::string> &changedConstants) {
  const auto brings = [&](const std::string &symbol) {
    return changedConstants.contains(symbol) || isOwn(base, patched, symbol);
  };
  std::set<Escape> escapes;
  for (const auto &[symbol, function] : patched.functions) {
    auto before = base.functions.find(symbol);
    const bool isSame = before != base.functions.end() && before->second.body == function.body;
    for (const AddressUse &use : function.addressUses) {
      // A function that refers to a constant is replaced with it.
      const bool runs = !isSame || changedConstants.contains(use.symbol);
      if (runs && (use.symbol.empty() || brings(use.symbol)) && !brings(use.into))
        escapes.insert({use.name, function.name, use.location, howItEscapes(use)});
    }
  }
  std::vector<Escape> result(escapes.begin(), escapes.end());
  std::ranges::sort(result, {}, [](const Escape &escape) {
    return std::tie(escape.location, escape.subject, escape.how);
  });
  return result;
}

/// Data that the target has may hold the old value.
std::vector<std::string> noteChangedValues(const UnitFacts &base, const UnitFacts &patched) {
  std::vector<std::string> notes;
  const auto before = usedEnumerators(base);
  for (const auto &[name, enumerator] : usedEnumerators(patched))
    if (auto old = before.find(name); old != before.end() && old->second.value != enumerator.value)
      notes.push_back(fmt::format(
          "{}: enumerator {}: {} -> {}; data of the running target may hold the old value",
          toString(enumerator.location), name, old->second.value, enumerator.value));
  return notes;
}

/// `f()::$_0` is the first lambda of f, whichever that is. One that is put before it takes over its
/// name, and with a jump at the old one a pointer to it that the target holds leads to the new.
std::vector<Refusal> refuseRenumberedLambdas(const UnitFacts &base, const UnitFacts &patched) {
  std::vector<Refusal> refusals;
  for (const auto &[symbol, invoker] : base.functions) {
    auto was = base.functions.find(invoker.invokes), is = patched.functions.find(invoker.invokes);
    if (invoker.invokes.empty() || was == base.functions.end() || is == patched.functions.end() ||
        was->second.body.shape == is->second.body.shape)
      continue;
    const auto tookItsBody = [&](const auto &entry) {
      auto before = base.functions.find(entry.first);
      return entry.second.isLambda && entry.first != invoker.invokes &&
             entry.second.body.shape == was->second.body.shape &&
             (before == base.functions.end() ||
              before->second.body.shape != entry.second.body.shape);
    };
    if (std::ranges::any_of(patched.functions, tookItsBody))
      refusals.push_back(
          {Stage::Changes, RefusalCode::AmbiguousTargetSymbol, is->second.location,
           was->second.name,
           "another lambda takes over its place and its name, and pointers to it that the target "
           "holds would lead to the other",
           "Put the new lambda behind the others of its function, or make it a function."});
  }
  return refusals;
}

} // namespace suture::builder

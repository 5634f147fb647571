// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/find_changes.h"

#include "payload-builder/changes/compare_units.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

namespace suture::builder {
namespace {

/// Layouts of all units, those of one type together.
class LayoutCollector final {
public:
  void add(UnitLayoutChange layout) {
    auto [entry, isNew] = layouts_.try_emplace(layout.change.type);
    UnitLayoutChange &all = entry->second;
    if (isNew) {
      all = std::move(layout);
      return;
    }
    auto &users = all.change.users;
    users.insert(users.end(), layout.change.users.begin(), layout.change.users.end());
    all.change.unitCount += layout.change.unitCount;
    all.usedByTarget |= layout.usedByTarget;
  }

  /// One more unit, of which the base alone was looked at.
  void add(const std::string &type, LayoutUse use) {
    UnitLayoutChange &all = layouts_.at(type);
    all.change.unitCount += use.usedByTarget || !use.users.empty();
    all.change.users.insert(all.change.users.end(), use.users.begin(), use.users.end());
    all.usedByTarget |= use.usedByTarget;
  }

  void finish(ChangeSet &changes) {
    for (auto &[type, layout] : layouts_) {
      LayoutChange &change = layout.change;
      std::ranges::sort(change.users);
      change.users.erase(std::ranges::unique(change.users).begin(), change.users.end());
      change.harmless = !layout.usedByTarget;
      if (!change.harmless)
        changes.refusals.push_back(refusalOf(layout));
      changes.layouts.push_back(std::move(change));
    }
  }

private:
  static Refusal refusalOf(const UnitLayoutChange &layout) {
    const LayoutChange &change = layout.change;
    if (layout.vtableOnly)
      return {Stage::Changes,
              RefusalCode::VtableLayoutChanged,
              change.location,
              change.type,
              "its virtual functions change, and objects that exist have the old vtable",
              "Keep the virtual functions as they are; make the new one not virtual."};
    return {Stage::Changes,
            RefusalCode::LayoutChanged,
            change.location,
            change.type,
            fmt::format("its layout changes ({} -> {} bytes), and objects that exist have the old "
                        "one; {} functions in {} units depend on it",
                        change.baseSize, change.patchedSize, change.users.size(), change.unitCount),
            "Keep the type as it is; put what is new into a variable of its own."};
  }

  std::map<std::string, UnitLayoutChange> layouts_;
};

bool showsInObject(const Change &change) { return change.kind != ChangeKind::TypeDefinition; }

std::string dumpFields(const std::vector<LayoutField> &fields) {
  std::string text;
  for (const LayoutField &field : fields)
    text += fmt::format("    {}:{} {}{}{}\n", field.bitOffset, field.bitSize, field.type,
                        field.type.empty() ? "" : " ", field.name);
  return text;
}

} // namespace

std::string_view kindName(ChangeKind kind) {
  switch (kind) {
  case ChangeKind::FunctionBody:
    return "function body";
  case ChangeKind::FunctionSignature:
    return "function signature";
  case ChangeKind::FunctionAdded:
    return "function added";
  case ChangeKind::FunctionRemoved:
    return "function removed";
  case ChangeKind::VariableAdded:
    return "variable added";
  case ChangeKind::VariableRemoved:
    return "variable removed";
  case ChangeKind::VariableInitializer:
    return "variable initializer";
  case ChangeKind::ConstantValue:
    return "constant value";
  case ChangeKind::VariableType:
    return "variable type";
  case ChangeKind::TypeDefinition:
    return "type";
  }
  return "";
}

std::string toString(const Escape &escape) {
  const std::string subject =
      escape.subject.empty() ? "the address of a string" : "the address of " + escape.subject;
  return fmt::format("{}: {} {} by {}", toString(escape.location), subject, escape.how,
                     escape.function);
}

llvm::Expected<ChangeSet> findChanges(const SourceTree &tree, std::span<const Unit> units,
                                      const ChangesOptions &options) {
  std::vector<UnitOutcome> outcomes;
  ChangeSet result;
  result.parserSeconds = compareUnits(tree, units, options, outcomes);
  std::string errors;
  std::set<std::string> reported;
  LayoutCollector layouts;
  for (size_t i = 0; i < units.size(); ++i) {
    UnitOutcome &outcome = outcomes[i];
    // Many units see the same broken header.
    if (!outcome.errors.empty() && reported.insert(outcome.errors).second)
      errors += outcome.errors;
    FactsDifference &difference = outcome.difference;
    for (UnitLayoutChange &layout : difference.layouts)
      layouts.add(std::move(layout));
    result.refusals.insert(result.refusals.end(), difference.refusals.begin(),
                           difference.refusals.end());
    if (!outcome.leftOut.empty())
      result.dismissed.push_back({units[i].source, std::move(outcome.leftOut)});
    else if (std::ranges::any_of(difference.changes, showsInObject))
      result.units.push_back({units[i], std::move(difference.changes),
                              std::move(difference.escapes), std::move(difference.notes),
                              std::move(difference.calls), std::move(difference.soleStatics)});
    else if (!difference.changes.empty())
      result.dismissed.push_back({units[i].source, "only types change, and no code depends on it"});
    else if (difference.refusals.empty())
      result.dismissed.push_back(
          {units[i].source, "nothing that its object has changes in meaning"});
  }
  for (UnitOutcome &outcome : outcomes)
    for (auto &[type, use] : outcome.uses)
      layouts.add(type, std::move(use));
  if (!errors.empty())
    return llvm::createStringError(errors);
  layouts.finish(result);
  sortRefusals(result.refusals);
  return result;
}

std::string dump(const ChangeSet &changes) {
  std::string text;
  for (const UnitChanges &unit : changes.units) {
    text += unit.unit.source + ":\n";
    for (const Change &change : unit.changes)
      text += fmt::format("  {}: {}: {}{}: {}\n", toString(change.location), kindName(change.kind),
                          change.name,
                          change.linkageName.empty() || change.linkageName == change.name
                              ? ""
                              : " [" + change.linkageName + "]",
                          change.detail);
    for (const Escape &escape : unit.escapes)
      text += "  " + toString(escape) + "\n";
    for (const std::string &note : unit.notes)
      text += "  note: " + note + "\n";
  }
  for (const LayoutChange &layout : changes.layouts) {
    text += fmt::format("layout of {}: {} -> {} bytes, {} functions in {} units{}\n", layout.type,
                        layout.baseSize, layout.patchedSize, layout.users.size(), layout.unitCount,
                        layout.harmless ? ", harmless" : "");
    text += "  before:\n" + dumpFields(layout.baseFields) + "  after:\n" +
            dumpFields(layout.patchedFields);
  }
  for (const DismissedUnit &unit : changes.dismissed)
    text += fmt::format("{}: left out: {}\n", unit.source, unit.why);
  for (const Refusal &refusal : changes.refusals)
    text += "refused: " + toString(refusal);
  return text;
}

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/compare_facts.h"

#include "payload-builder/changes/calls_to_changed.h"
#include "payload-builder/changes/hazards.h"
#include "payload-builder/changes/sole_statics.h"
#include "payload-builder/diff/line_map.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <set>
#include <tuple>

namespace suture::builder {
namespace {

/// The record, and those that the target has it in.
std::set<std::string> holdersOf(const UnitFacts &base, const std::string &record) {
  std::set<std::string> holders = {record};
  const auto isHeld = [&](const LayoutField &field) {
    // Of an array, its element.
    const std::string element = field.type.substr(0, field.type.find('['));
    return holders.contains(element.substr(0, element.find_last_not_of(' ') + 1));
  };
  for (size_t before = 0; before != holders.size();) {
    before = holders.size();
    for (const auto &[name, facts] : base.records)
      if (std::ranges::any_of(facts.fields, isHeld))
        holders.insert(name);
  }
  return holders;
}

void addUsers(const UnitFacts &facts, const std::string &record, std::set<std::string> &users) {
  for (const auto &[symbol, function] : facts.functions)
    if (std::ranges::binary_search(function.records, record))
      users.insert(function.name);
}

class Comparison final {
public:
  Comparison(const SourceTree &tree, const UnitFacts &base, const UnitFacts &patched)
      : tree_(tree), base_(base), patched_(patched) {}

  FactsDifference run();

private:
  void compareFunctions();
  void compareFunction(const FunctionFacts &base, const FunctionFacts &patched);
  std::string whatItDependsOn(const FunctionFacts &base, const FunctionFacts &patched) const;
  bool layoutDiffers(const std::string &record) const;
  void compareVariables();
  void compareVariable(const VariableFacts &base, const VariableFacts &patched);
  void compareEnums();
  void compareRecords();
  void compareAssembly();
  void compareSettings();
  std::vector<std::string> usersOf(const std::string &constant) const;
  void collectUsers(const std::string &record, UnitLayoutChange &layout) const;

  void add(ChangeKind kind, const FunctionFacts &facts, SourceLocation location,
           const std::string &detail) {
    for (const std::string &symbol : facts.linkageNames)
      result_.changes.push_back({kind, facts.name, symbol, location, detail, {}});
  }
  void add(ChangeKind kind, const VariableFacts &facts, SourceLocation location,
           const std::string &detail) {
    result_.changes.push_back({kind, facts.name, facts.linkageName, location, detail, {}});
  }
  void refuse(RefusalCode code, const SourceLocation &location, std::string subject,
              std::string reason, std::string advice) {
    result_.refusals.push_back(
        {Stage::Changes, code, location, std::move(subject), std::move(reason), std::move(advice)});
  }
  /// The first line that the diff changed between two lines of the patched text; else the first.
  SourceLocation changedPlace(const SourceLocation &from, unsigned lastLine);
  const LineMap *lineMap(const std::string &file);

  const SourceTree &tree_;
  const UnitFacts &base_;
  const UnitFacts &patched_;
  FactsDifference result_;
  std::map<std::string, LineMap> lineMaps_;
  std::set<std::string> changedConstants_;
};

const LineMap *Comparison::lineMap(const std::string &file) {
  auto versions = tree_.files.find(file);
  if (versions == tree_.files.end() || !versions->second.base() || !versions->second.patched())
    return nullptr;
  return &lineMaps_.try_emplace(file, *versions->second.base(), *versions->second.patched())
              .first->second;
}

SourceLocation Comparison::changedPlace(const SourceLocation &from, unsigned lastLine) {
  if (const LineMap *map = lineMap(from.file))
    for (const ChangedLines &change : map->changes()) {
      unsigned end = change.patchedLine + std::max(change.patchedCount, 1u);
      if (end <= from.line)
        continue;
      if (change.patchedLine > lastLine)
        break;
      if (change.patchedLine > from.line)
        return {from.file, change.patchedLine, 0};
      break;
    }
  return from;
}

bool isPointer(const LayoutField &field) { return field.type.find('*') != std::string::npos; }

/// A field's new name at the same place is no matter of layout, nor is another type of its size:
/// unless the name was that of another place, or what exists there would be taken for an address.
bool sameFields(const std::vector<LayoutField> &base, const std::vector<LayoutField> &patched) {
  std::map<std::string_view, uint64_t> places;
  for (const LayoutField &field : base)
    if (!field.name.empty() && !field.name.starts_with('(')) // Bases have no name of their own.
      places.emplace(field.name, field.bitOffset);
  return std::ranges::equal(base, patched, [&](const LayoutField &a, const LayoutField &b) {
    const auto place = places.find(b.name);
    return a.bitOffset == b.bitOffset && a.bitSize == b.bitSize && isPointer(a) == isPointer(b) &&
           (place == places.end() || place->second == b.bitOffset);
  });
}

/// Whether objects of the one are objects of the other.
bool sameLayout(const RecordFacts &base, const RecordFacts &patched) {
  return base.size == patched.size && base.alignment == patched.alignment &&
         sameFields(base.fields, patched.fields);
}

bool Comparison::layoutDiffers(const std::string &record) const {
  auto base = base_.records.find(record), patched = patched_.records.find(record);
  return base != base_.records.end() && patched != patched_.records.end() &&
         !(sameLayout(base->second, patched->second) &&
           base->second.vtable == patched->second.vtable);
}

/// For a function that is written as before.
std::string Comparison::whatItDependsOn(const FunctionFacts &base,
                                        const FunctionFacts &patched) const {
  std::vector<std::string> causes;
  for (const EnumeratorFacts &enumerator : patched.enumerators) {
    auto old = std::ranges::find(base.enumerators, enumerator.name, &EnumeratorFacts::name);
    if (old != base.enumerators.end() && old->value != enumerator.value)
      causes.push_back(
          fmt::format("enumerator {} {} -> {}", enumerator.name, old->value, enumerator.value));
  }
  for (const std::string &record : patched.records)
    if (layoutDiffers(record))
      causes.push_back("layout of " + record);
  return causes.empty() ? "a value or a layout that it depends on"
                        : fmt::format("{}", fmt::join(causes, ", "));
}

void Comparison::compareFunction(const FunctionFacts &base, const FunctionFacts &patched) {
  if (base.signature != patched.signature) {
    std::string detail = base.type == patched.type
                             ? "attributes or linkage"
                             : fmt::format("type {} -> {}", base.type, patched.type);
    add(ChangeKind::FunctionSignature, patched, patched.location, detail);
  }
  if (base.body.shape != patched.body.shape)
    add(ChangeKind::FunctionBody, patched, changedPlace(patched.location, patched.lastLine),
        "body");
  else if (base.body.meaning != patched.body.meaning)
    add(ChangeKind::FunctionBody, patched, patched.location, whatItDependsOn(base, patched));
}

void Comparison::compareFunctions() {
  for (const auto &[symbol, facts] : patched_.functions) {
    auto base = base_.functions.find(symbol);
    if (base == base_.functions.end())
      add(ChangeKind::FunctionAdded, facts, facts.location, "new");
    else
      compareFunction(base->second, facts);
  }
  for (const auto &[symbol, facts] : base_.functions)
    if (!patched_.functions.contains(symbol))
      add(ChangeKind::FunctionRemoved, facts, facts.location, "removed");
}

void Comparison::compareVariable(const VariableFacts &base, const VariableFacts &patched) {
  // Sections that are gone after boot: what they held then cannot matter now.
  bool bootOnly = base.section.starts_with(".init");
  if (base.type != patched.type) {
    std::string detail = base.typeName == patched.typeName
                             ? "size, attributes or linkage"
                             : fmt::format("type {} -> {}", base.typeName, patched.typeName);
    add(ChangeKind::VariableType, patched, patched.location, detail);
    if (!bootOnly && !(base.constant && patched.constant))
      refuse(RefusalCode::TypeOfLiveDataChanged, patched.location, patched.name,
             "the type, size or section of a variable that is in use changes (" + detail + ")",
             "Add a new variable instead and leave this one as it is.");
  }
  if (base.initializer == patched.initializer)
    return;
  SourceLocation place = changedPlace(patched.location, patched.lastLine);
  std::string detail = base.initializer.shape == patched.initializer.shape
                           ? "a value that its initializer depends on"
                           : "initial value";
  if (base.constant && patched.constant) {
    add(ChangeKind::ConstantValue, patched, place, detail);
    result_.changes.back().users = usersOf(patched.linkageName);
    changedConstants_.insert(patched.linkageName);
    return;
  }
  add(ChangeKind::VariableInitializer, patched, place, detail);
  if (!bootOnly)
    refuse(RefusalCode::InitializerOfLiveDataChanged, place, patched.name,
           "the initial value of a variable changes, and the running target has long had its own",
           "Set it from a load hook if the running value must change.");
}

void Comparison::compareVariables() {
  for (const auto &[symbol, facts] : patched_.variables) {
    auto base = base_.variables.find(symbol);
    if (base != base_.variables.end()) {
      compareVariable(base->second, facts);
      continue;
    }
    add(ChangeKind::VariableAdded, facts, facts.location, facts.constant ? "new constant" : "new");
    if (facts.dynamicInitializer)
      refuse(RefusalCode::GlobalConstructor, facts.location, facts.name,
             "the new variable's initial value takes code to make, and nobody runs it in a payload",
             "Make the initializer a constant, or set the variable from a load hook.");
  }
  for (const auto &[symbol, facts] : base_.variables)
    if (!patched_.variables.contains(symbol))
      add(ChangeKind::VariableRemoved, facts, facts.location, "removed");
}

void Comparison::compareEnums() {
  for (const auto &[name, facts] : patched_.enums) {
    auto base = base_.enums.find(name);
    if (base == base_.enums.end())
      continue;
    for (const auto &[enumerator, value] : facts.enumerators) {
      auto before = base->second.enumerators.find(enumerator);
      std::string detail;
      if (before == base->second.enumerators.end())
        detail = fmt::format("{} = {} is new", enumerator, value);
      else if (before->second != value)
        detail = fmt::format("{}: {} -> {}", enumerator, before->second, value);
      if (!detail.empty())
        result_.changes.push_back({ChangeKind::TypeDefinition,
                                   name,
                                   "",
                                   changedPlace(facts.location, facts.location.line),
                                   detail,
                                   {}});
    }
  }
}

void Comparison::collectUsers(const std::string &record, UnitLayoutChange &layout) const {
  LayoutUse use = layoutUse(base_, record);
  addUsers(patched_, record, use.users);
  layout.usedByTarget = use.usedByTarget;
  layout.change.users.assign(use.users.begin(), use.users.end());
  layout.change.unitCount = use.users.empty() && !use.usedByTarget ? 0 : 1;
}

std::vector<LayoutField> withVtable(const RecordFacts &facts) {
  std::vector<LayoutField> fields = facts.fields;
  constexpr uint64_t SlotBits = 64;
  for (size_t slot = 0; slot < facts.vtable.size(); ++slot)
    fields.push_back(
        {fmt::format("vtable[{}]", slot), facts.vtable[slot], slot * SlotBits, SlotBits});
  return fields;
}

void Comparison::compareRecords() {
  for (const auto &[name, patched] : patched_.records) {
    auto found = base_.records.find(name);
    if (found == base_.records.end())
      continue;
    const RecordFacts &base = found->second;
    bool same = sameLayout(base, patched);
    if (same && base.vtable == patched.vtable) {
      auto named = [](const LayoutField &field) { return std::tie(field.name, field.type); };
      if (!std::ranges::equal(base.fields, patched.fields, {}, named, named))
        result_.changes.push_back({ChangeKind::TypeDefinition,
                                   name,
                                   "",
                                   patched.location,
                                   "names or types of members",
                                   {}});
      continue;
    }
    UnitLayoutChange layout;
    layout.vtableOnly = same;
    layout.change = {name,
                     patched.location,
                     base.size,
                     patched.size,
                     withVtable(base),
                     withVtable(patched),
                     {},
                     0,
                     false};
    collectUsers(name, layout);
    result_.changes.push_back(
        {ChangeKind::TypeDefinition,
         name,
         "",
         patched.location,
         same ? "vtable" : fmt::format("layout, size {} -> {}", base.size, patched.size),
         {}});
    result_.layouts.push_back(std::move(layout));
  }
}

/// The first piece that the other state does not have, as often.
const SourceLocation *pieceWithoutMatch(const UnitFacts &facts, const UnitFacts &other) {
  std::multiset<uint64_t> matches;
  for (const auto &[hash, place] : other.fileAssembly)
    matches.insert(hash);
  for (const auto &[hash, place] : facts.fileAssembly) {
    auto match = matches.find(hash);
    if (match == matches.end())
      return &place;
    matches.erase(match);
  }
  return nullptr;
}

void Comparison::compareAssembly() {
  const SourceLocation *place = pieceWithoutMatch(patched_, base_);
  if (!place)
    place = pieceWithoutMatch(base_, patched_);
  if (place)
    refuse(RefusalCode::AssemblyFile, *place, "", "assembly outside functions changes",
           "Only code of functions can be patched; write a replacement for what calls it.");
}

/// Any function may hang on what the AST does not have; which does is to be seen in the object.
void Comparison::compareSettings() {
  const auto [base, patched] =
      std::ranges::mismatch(base_.settings, patched_.settings, &Setting::isSame);
  if (base == base_.settings.end() && patched == patched_.settings.end())
    return;
  const Setting &setting = patched != patched_.settings.end() ? *patched : *base;
  std::set<std::string> changed;
  for (const Change &change : result_.changes)
    changed.insert(change.linkageName);
  for (const auto &[symbol, function] : patched_.functions)
    if (base_.functions.contains(symbol) && !changed.contains(symbol))
      add(ChangeKind::FunctionBody, function, setting.location, setting.text);
}

std::vector<std::string> Comparison::usersOf(const std::string &constant) const {
  std::set<std::string> users;
  for (const UnitFacts *facts : {&base_, &patched_})
    for (const auto &[symbol, function] : facts->functions)
      if (std::ranges::binary_search(function.constants, constant))
        users.insert(function.linkageNames.begin(), function.linkageNames.end());
  return {users.begin(), users.end()};
}

FactsDifference Comparison::run() {
  compareFunctions();
  compareVariables();
  compareEnums();
  compareRecords();
  compareAssembly();
  compareSettings();
  result_.escapes = findEscapes(base_, patched_, changedConstants_);
  result_.notes = noteChangedValues(base_, patched_);
  std::ranges::move(refuseRenumberedLambdas(base_, patched_), std::back_inserter(result_.refusals));
  std::ranges::sort(result_.changes, {}, [](const Change &change) {
    return std::tie(change.location, change.name, change.linkageName, change.kind, change.detail);
  });
  result_.calls = callsToChanged(base_, patched_, result_.changes);
  result_.soleStatics = soleStatics(base_, patched_);
  return std::move(result_);
}

} // namespace

/// An object of the old layout can exist only if code or data of the target depends on the type, or
/// on one that it is a part of.
LayoutUse layoutUse(const UnitFacts &base, const std::string &record) {
  LayoutUse use;
  addUsers(base, record, use.users);
  const std::set<std::string> holders = holdersOf(base, record);
  const auto depends = [&](const auto &entry) {
    return std::ranges::any_of(entry.second.records,
                               [&](const std::string &used) { return holders.contains(used); });
  };
  use.usedByTarget =
      std::ranges::any_of(base.functions, depends) || std::ranges::any_of(base.variables, depends);
  return use;
}

FactsDifference compareFacts(const SourceTree &tree, const UnitFacts &base,
                             const UnitFacts &patched) {
  return Comparison(tree, base, patched).run();
}

} // namespace suture::builder

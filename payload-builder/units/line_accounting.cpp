// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/line_accounting.h"

#include "payload-builder/units/lines_to_watch.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>

namespace suture::builder {
namespace {

bool isWithin(unsigned line, unsigned first, unsigned last) {
  return first <= line && line <= last;
}

void takeName(const std::string &name, ChangedNames &result) {
  result.names.insert(name);
  result.roots.insert(name);
}

/// Whether the line is in a list of enumerators, and not in a function or the like around one.
bool isInEnumeration(const DeclarationExtent &extent, unsigned line) {
  return std::ranges::any_of(extent.enumerations,
                             [line](auto list) { return list.first < line && line < list.second; });
}

/// Enumerators whose value differs, or that only one of the lists has.
void takeValues(const Enumeration &list, const Enumeration &other, ChangedNames &result) {
  std::map<std::string, std::string_view> values;
  for (const MemberExtent &member : other.enumerators)
    values.emplace(member.name, member.value);
  for (const MemberExtent &member : list.enumerators) {
    const auto found = values.find(member.name);
    if (found == values.end() || found->second != member.value)
      takeName(member.name, result);
    if (found != values.end())
      values.erase(found);
  }
  for (const auto &[name, value] : values)
    takeName(name, result);
}

/// All of the record stays where and what it is, but for what pointers point to.
bool haveSameShape(const RecordParts &record, const RecordParts &other) {
  return record.shape == other.shape &&
         std::ranges::equal(record.parts, other.parts, [](const auto &a, const auto &b) {
           return a.name == b.name && a.isPointer == b.isPointer && a.shape == b.shape;
         });
}

} // namespace

bool LineAccounting::takeMacros(ChangedNames &result) {
  for (auto [first, last] : changed_)
    for (unsigned line = first; line <= last; ++line)
      if (rawLines_.hasTokens(line) && !takeMacro(line, result)) {
        open_.push_back(line);
        result.surelyShows |= !rawLines_.directiveAt(line) && rawLines_.isUnconditional(line);
      }
  return !open_.empty();
}

bool LineAccounting::takeMacro(unsigned line, ChangedNames &result) {
  const RawDirective *directive = rawLines_.directiveAt(line);
  if (!directive || (directive->kind != "define" && directive->kind != "undef"))
    return false;
  takeName(directive->name, result);
  result.macros.insert(directive->name);
  ownLines_.emplace_back(directive->firstLine, directive->lastLine);
  return true;
}

bool LineAccounting::takeDeclarations(const HeaderDeclarations &own,
                                      const HeaderDeclarations &other,
                                      const CompileCommand &command, Language language,
                                      ChangedNames &result) {
  const View view{own, other, command, language, result};
  return open_.empty() || (!own.isPartOfOthers && std::ranges::all_of(open_, [&](unsigned line) {
           return (!rawLines_.directiveAt(line) || isInsideOfBody(line, view)) &&
                  (takeMember(line, view) || takeDeclaration(line, view));
         }));
}

/// Whether an #if decides about nothing but lines of one function's body.
bool LineAccounting::isInsideOfBody(unsigned line, const View &view) const {
  const DeclarationExtent *innermost = view.own.innermost(header_, line);
  return view.language == Language::C && innermost && innermost->lastOfNames < line &&
         line < innermost->last && !rawLines_.cutsConditional(innermost->first, innermost->last) &&
         rawLines_.hasNoOtherDirectives(innermost->first, innermost->last);
}

bool LineAccounting::has(const MemberExtent &member, unsigned line) const {
  return member.file == header_ && isWithin(line, member.first, member.last);
}

/// A line that has enumerators and symbols of the assembler alone, however often the header is
/// included for them.
bool LineAccounting::takeMember(unsigned line, const View &view) {
  if (!isOfMembersAlone(line, view))
    return false;
  bool isFound = false;
  const auto take = [&](const MemberExtent &member) {
    isFound = true;
    takeName(member.name, view.result);
    ownLines_.emplace_back(member.first, member.last);
  };
  for (const Enumeration &list : view.own.enumerations)
    for (const MemberExtent &member : list.enumerators)
      if (has(member, line)) {
        take(member);
        takeList(list, *counterpartOf(list, view.other), view.result);
      }
  for (const MemberExtent &symbol : view.own.assemblerSymbols)
    if (has(symbol, line)) {
      take(symbol);
      view.result.assemblerSymbols.insert(symbol.name);
      watch({header_, symbol.first, symbol.last});
    }
  return isFound;
}

bool LineAccounting::isOfMembersAlone(unsigned line, const View &view) const {
  for (const Enumeration &list : view.own.enumerations)
    if (std::ranges::any_of(list.enumerators,
                            [&](const auto &member) { return has(member, line); }))
      if (!counterpartOf(list, view.other) ||
          (list.file == header_ && !(list.first < line && line < list.last)))
        return false;
  return std::ranges::none_of(extentsIn(view.own), [&](const DeclarationExtent &extent) {
    return isWithin(line, extent.first, extent.last) && !isInEnumeration(extent, line);
  });
}

/// The same enumeration in the other state, if both are no more than values, of the same type.
const Enumeration *LineAccounting::counterpartOf(const Enumeration &list,
                                                 const HeaderDeclarations &other) const {
  std::set<std::string_view> names;
  for (const MemberExtent &member : list.enumerators)
    names.insert(member.name);
  const auto found = std::ranges::find_if(other.enumerations, [&](const Enumeration &candidate) {
    return std::ranges::any_of(candidate.enumerators, [&](const MemberExtent &member) {
      return names.contains(member.name);
    });
  });
  const bool isSame = found != other.enumerations.end() && list.isPlain && found->isPlain &&
                      found->file == list.file && found->tag == list.tag &&
                      found->integerType == list.integerType;
  return isSame ? &*found : nullptr;
}

/// The members of a list number each other.
void LineAccounting::takeList(const Enumeration &list, const Enumeration &other,
                              ChangedNames &result) {
  if (!lists_.insert(&list).second)
    return;
  takeValues(list, other, result);
  // What its other members make of the changed ones shows in their values.
  for (const MemberExtent &member : list.enumerators)
    if (member.file == header_)
      ownLines_.emplace_back(member.first, member.last);
  for (const MemberExtent &member : other.enumerators)
    if (member.file == header_)
      otherLines_.emplace_back(member.first, member.last);
  const bool isElsewhere = list.file != header_;
  if (isElsewhere || list.isMade || rawLines_.hasConditional(list.first, list.last))
    watch({list.file, list.first, list.last});
  if (isElsewhere)
    watch({header_, 1, std::numeric_limits<unsigned>::max()});
}

const std::vector<DeclarationExtent> &
LineAccounting::extentsIn(const HeaderDeclarations &declarations) const {
  static const std::vector<DeclarationExtent> None;
  const auto found = declarations.files.find(header_);
  return found == declarations.files.end() ? None : found->second;
}

bool LineAccounting::takeDeclaration(unsigned line, const View &view) {
  const DeclarationExtent *innermost = view.own.innermost(header_, line);
  const bool mayWatch = view.language == Language::C;
  if (!innermost) {
    hidden_.push_back({header_, line, line});
    ownLines_.emplace_back(line, line);
    return mayWatch && !rawLines_.isUnconditional(line);
  }
  if (innermost->standsAlone || innermost->names.empty())
    return false;
  // Another unit may take another branch, and see other names there.
  if (auto lines = linesToWatch(header_, *innermost, rawLines_)) {
    if (!mayWatch)
      return false;
    watch(std::move(*lines));
  }
  if (innermost->isRecord && takePointers(line, view))
    return true;
  ownLines_.emplace_back(innermost->first, innermost->last);
  if (innermost->isForwardDeclaration && view.language == Language::C &&
      ignoresTypesOfMemory(view.command)) {
    view.result.onlyWhereTypesAreIgnored = true;
    return true;
  }
  view.result.names.insert(innermost->names.begin(), innermost->names.end());
  const std::set<std::string> &roots = innermost->isRecord ? innermost->tags : innermost->names;
  view.result.roots.insert(roots.begin(), roots.end());
  return true;
}

/// A line of a record on which nothing but pointers changes: only who mentions these can tell.
/// (Not so where the compiler relies on types to tell what may overlap.)
bool LineAccounting::takePointers(unsigned line, const View &view) {
  if (view.language != Language::C || !ignoresTypesOfMemory(view.command))
    return false;
  const auto record = std::ranges::find_if(view.own.records, [&](const RecordParts &parts) {
    return parts.file == header_ && parts.first < line && line < parts.last && !parts.tag.empty();
  });
  if (record == view.own.records.end())
    return false;
  const auto other = std::ranges::find_if(view.other.records, [&](const RecordParts &parts) {
    return parts.file == header_ && parts.tag == record->tag;
  });
  if (other == view.other.records.end() || !haveSameShape(*record, *other))
    return false;
  std::vector<const RecordPart *> pointers;
  for (const RecordPart &part : record->parts) {
    if (!isWithin(line, part.first, part.last))
      continue;
    if (!part.isPointer)
      return false;
    pointers.push_back(&part);
  }
  for (const RecordPart *pointer : pointers) {
    takeName(pointer->name, view.result);
    ownLines_.emplace_back(pointer->first, pointer->last);
  }
  view.result.onlyWhereTypesAreIgnored |= !pointers.empty();
  return !pointers.empty();
}

void LineAccounting::watch(WatchedLines lines) {
  if (std::ranges::find(watched_, lines) == watched_.end())
    watched_.push_back(std::move(lines));
}

} // namespace suture::builder

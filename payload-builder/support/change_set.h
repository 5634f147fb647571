// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the changes stage hands on: what changed in meaning, unit by unit, as the AST has it.

#include "payload-builder/support/refusal.h"
#include "payload-builder/support/source_location.h"
#include "payload-builder/support/unit.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace suture::builder {

enum class ChangeKind {
  /// Its body, or something that its meaning hangs on (a macro, an enum value, a type it uses).
  FunctionBody,
  /// Parameters, result, attributes, linkage, section.
  FunctionSignature,
  FunctionAdded,
  FunctionRemoved,
  VariableAdded,
  VariableRemoved,
  /// Initial value of a variable that the target may write.
  VariableInitializer,
  /// Value of a constant object.
  ConstantValue,
  /// Type, size, attributes or section of a variable.
  VariableType,
  /// Members of a record, enumerators, a typedef; its layout may be the same.
  TypeDefinition,
};

/// One entity that changed.
struct Change {
  ChangeKind kind;
  /// As the user writes it: `suture::hv::handleCpuid`, `do_sched_op`, `do_sched_op::once`.
  std::string name;
  /// Symbol name in the object, without a compiler's numbering: the C name, the mangled C++ name;
  /// `function.variable` for a static local in C. Empty for a type. Constructors and destructors:
  /// one Change each of their symbols.
  std::string linkageName;
  /// Where the change is in the patched text; for a removal, in the base text. Line numbers are of
  /// the text as it is, never of `#line` directives.
  SourceLocation location;
  /// In a few words what changed: "body", "return type", "value 4 -> 8", "macro FOO".
  std::string detail;
  /// Of a ConstantValue: the unit's functions that refer to it in either state, by linkage name,
  /// sorted.
  std::vector<std::string> users = {};
};

/// The function that a change is part of, by symbol name, where it is part of one: that of a static
/// local in C, too. Else the variable; "" for a type.
inline std::string_view functionOf(const Change &change) {
  const std::string_view name = change.linkageName;
  switch (change.kind) {
  case ChangeKind::FunctionBody:
  case ChangeKind::FunctionSignature:
  case ChangeKind::FunctionAdded:
  case ChangeKind::FunctionRemoved:
    return name;
  case ChangeKind::VariableAdded:
  case ChangeKind::VariableRemoved:
  case ChangeKind::VariableInitializer:
  case ChangeKind::ConstantValue:
  case ChangeKind::VariableType:
    // A static local: `function.variable` in C.
    return name.substr(0, name.find('.'));
  case ChangeKind::TypeDefinition:
    return {};
  }
  return {};
}

/// One field of a record, or one virtual function of a class, before or after.
struct LayoutField {
  std::string name;
  std::string type;
  /// Bits from the start of the record.
  uint64_t bitOffset = 0;
  uint64_t bitSize = 0;
};

/// A record type whose layout differs between base and patched.
struct LayoutChange {
  /// As the user writes it: `struct domain`.
  std::string type;
  SourceLocation location;
  uint64_t baseSize = 0, patchedSize = 0;
  std::vector<LayoutField> baseFields, patchedFields;
  /// Functions that use the type, sorted; over all units examined.
  std::vector<std::string> users;
  /// Units that use it.
  size_t unitCount = 0;
  /// No object of it can exist in the target: it is used by new functions alone.
  bool harmless = false;
};

/// An address of the payload's own that new code hands to the target, which may keep it: after a
/// revert and an unload it would lead nowhere.
struct Escape {
  /// What is handed out, as the user writes it; "": a string.
  std::string subject;
  /// The function that does it.
  std::string function;
  SourceLocation location;
  /// `is stored in d->ops`, `is passed to init_timer`, `is returned`.
  std::string how;

  auto operator<=>(const Escape &) const = default;
};

/// By function: its callees, in either state, that changed or that lead to one that did; by
/// linkage name.
using CallsToChanged = std::map<std::string, std::set<std::string>, std::less<>>;

/// Names of static locals of which a unit has only one, and the same in both states: no other is
/// meant, whatever number a compiler appends.
using SoleStatics = std::set<std::string, std::less<>>;

/// What changed in one unit.
struct UnitChanges {
  Unit unit;
  /// Sorted by location, then name. Empty: nothing that the object could show; the unit need not be
  /// compiled.
  std::vector<Change> changes;
  /// Sorted by location.
  std::vector<Escape> escapes = {};
  /// What the user should know besides: values that changed and that the target may have stored.
  std::vector<std::string> notes = {};
  CallsToChanged calls = {};
  SoleStatics soleStatics = {};
};

/// The outcome of the changes stage.
struct ChangeSet {
  /// Sorted by Unit::source and output; units without a change are in dismissed instead.
  std::vector<UnitChanges> units;
  std::vector<DismissedUnit> dismissed;
  std::vector<LayoutChange> layouts;
  std::vector<Refusal> refusals;
  /// Processor time that the parses took.
  double parserSeconds = 0;
};

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#pragma once
// What headers declare at their top level: which lines, under which names.

#include "payload-builder/units/front_end.h"

#include <llvm/Support/Error.h>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace suture::builder {

/// A member of a C record that has no members of its own.
struct FieldExtent {
  unsigned first = 0, last = 0;
  std::string name;
  /// A plain pointer: what it points to has no part in the record's layout.
  bool isPointer = false;

  bool operator==(const FieldExtent &) const = default;
};

/// A declaration, or several that share their beginning: a type and what is declared with it.
struct DeclarationExtent {
  unsigned first = 0, last = 0;
  /// Its last line, or where a function's body begins: up to there its names stand.
  unsigned lastOfNames = 0;
  /// All that it can be told by.
  std::set<std::string> names;
  /// It has code or storage even if nobody mentions it, or its effect has no name of its own, or a
  /// macro makes its name.
  bool standsAlone = false;
  bool isRecord = false;
  /// Of a C record: names without those of its members. To reach a member takes an expression of
  /// the record's type, and what declares one mentions one of these.
  std::set<std::string> tags;
  std::vector<FieldExtent> fields;

  bool operator==(const DeclarationExtent &) const = default;
};

/// By file, relative to the tree's root where it lies below it; in order.
using HeaderDeclarations = std::map<std::string, std::vector<DeclarationExtent>>;

/// Parses a unit. \param only  the one file that is wanted; nullopt: all, the main file included.
/// Errors: as runFrontEnd.
llvm::Expected<HeaderDeclarations> readDeclarations(const UnitState &unit,
                                                    const std::optional<std::string> &only);

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#pragma once
// What headers declare at their top level: which lines, under which names.

#include "payload-builder/units/declared_members.h"
#include "payload-builder/units/front_end.h"

#include <llvm/Support/Error.h>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
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
  /// It has code or storage even if nobody mentions it, or its effect has no name of its own.
  bool standsAlone = false;
  /// A macro makes its name, or says whether it stands alone: in another unit that may be
  /// otherwise.
  bool isMade = false;
  bool isRecord = false;
  /// It says no more than that there is a record of that name.
  bool isForwardDeclaration = false;
  /// Of a C record: names without those of its members. To reach a member takes an expression of
  /// the record's type, and what declares one mentions one of these.
  std::set<std::string> tags;
  std::vector<FieldExtent> fields;
  /// Lines of enumerators' lists in it, those of the brackets included.
  std::vector<std::pair<unsigned, unsigned>> enumerations = {};

  bool operator==(const DeclarationExtent &) const = default;
};

struct HeaderDeclarations {
  /// By file, relative to the tree's root where it lies below it; in order.
  std::map<std::string, std::vector<DeclarationExtent>> files;
  /// Names that macros put together (`##`) for the parser: by file and name, the lines on which the
  /// macros are used.
  std::map<std::string, std::map<std::string, std::set<unsigned>, std::less<>>> pasted;
  // Of one file that is wanted, in C:
  /// Those that have a member there.
  std::vector<Enumeration> enumerations;
  /// Those that are defined there at the top level.
  std::vector<RecordParts> records;
  std::vector<MemberExtent> assemblerSymbols;
  /// In any language: a declaration that begins in another file, and is no plain enumeration,
  /// includes the file.
  bool isPartOfOthers = false;

  /// The smallest one that a line is part of; nullptr: there is none.
  const DeclarationExtent *innermost(const std::string &file, unsigned line) const;
};

/// Parses a unit. \param only  the one file that is wanted; nullopt: all, the main file included.
/// Errors: as runFrontEnd.
llvm::Expected<HeaderDeclarations> readDeclarations(const UnitState &unit,
                                                    const std::optional<std::string> &only);

} // namespace suture::builder

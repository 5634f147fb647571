// SPDX-License-Identifier: Apache-2.0
#pragma once
// What one state of a unit means, entity by entity, without the AST it came from.

#include "payload-builder/changes/address_uses.h"
#include "payload-builder/changes/fingerprint.h"
#include "payload-builder/changes/hidden_settings.h"
#include "payload-builder/changes/unused_functions.h"
#include "payload-builder/support/change_set.h"
#include "payload-builder/support/source_location.h"
#include "payload-builder/units/front_end.h"

#include <cstdint>
#include <llvm/Support/Error.h>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace suture::builder {

/// An address that leaves a function, as address_uses.h has it.
struct AddressUse {
  AddressSink sink;
  /// Linkage name and name; "" for a string.
  std::string symbol, name;
  SourceLocation location;
  std::string where;
  /// Linkage name of the variable that it is stored in; "": reached by a pointer.
  std::string into;
};

/// An enumerator's value.
struct EnumeratorFacts {
  std::string name, value;
  SourceLocation location;
};

/// A function that the unit's object has code for.
struct FunctionFacts {
  std::string name;
  /// Its symbols: constructors and destructors have several.
  std::vector<std::string> linkageNames;
  /// Where its name stands, and its last line.
  SourceLocation location;
  unsigned lastLine = 0;
  uint64_t signature = 0;
  /// For messages.
  std::string type;
  Fingerprint body;
  /// Records whose layout its code depends on, by name, sorted.
  std::vector<std::string> records;
  /// Constant objects that it refers to, by linkage name, sorted.
  std::vector<std::string> constants;
  /// Functions of the unit that it refers to, each by its first symbol, sorted.
  std::vector<std::string> callees;
  /// Enumerators of changed files that it refers to; sorted by name.
  std::vector<EnumeratorFacts> enumerators;
  /// A lambda's call operator.
  bool isLambda = false;
  /// Of the function that a lambda converts to: the call operator's linkage name.
  std::string invokes;
  /// What it does with addresses that may be the payload's own; of the patched state alone.
  std::vector<AddressUse> addressUses;
};

/// A variable that the unit's object has storage for, static locals included.
struct VariableFacts {
  std::string name, linkageName;
  SourceLocation location;
  unsigned lastLine = 0;
  /// The program cannot write it.
  bool constant = false;
  /// Its initial value takes code to make.
  bool dynamicInitializer = false;
  /// `section` attribute, or "".
  std::string section;
  uint64_t type = 0;
  std::string typeName;
  bool hasInitializer = false;
  Fingerprint initializer;
  std::vector<std::string> records;
};

/// A record's layout.
struct RecordFacts {
  SourceLocation location;
  /// Bytes.
  uint64_t size = 0, alignment = 0;
  std::vector<LayoutField> fields;
  /// What the vtable has, in order of slots; empty where there is none.
  std::vector<std::string> vtable;
};

struct EnumFacts {
  SourceLocation location;
  std::map<std::string, std::string> enumerators;
};

/// All of a unit's entities that its object could show, by linkage name or by type name.
struct UnitFacts {
  std::map<std::string, FunctionFacts> functions;
  std::map<std::string, VariableFacts> variables;
  /// Those that code depends on, and those that changed files declare.
  std::map<std::string, RecordFacts> records;
  /// Those that changed files declare.
  std::map<std::string, EnumFacts> enums;
  /// Of assembly outside functions.
  std::vector<std::pair<uint64_t, SourceLocation>> fileAssembly;
  /// What code may hang on besides.
  std::vector<Setting> settings;
};

/// Parses a unit in a state. \param functions  saves time and changes no outcome; nullptr: bodies
/// of unused functions are parsed, too. Errors: as runFrontEnd.
llvm::Expected<UnitFacts> readUnitFacts(const UnitState &unit,
                                        UnusedFunctions *functions = nullptr);
/// The same with a run that was made for that unit.
llvm::Expected<UnitFacts> readUnitFacts(FrontEnd &run, const UnitState &unit,
                                        UnusedFunctions *functions = nullptr);

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#pragma once
// Three kinds of trouble stay apart in the builder: a bug is an assertion, bad input (no such file,
// not a diff, source that does not compile) is an llvm::Error, and a patch that is understood but
// will not be built is a Refusal. Refusals are values, collected by every stage, so that one run
// reports all of them.

#include "payload-builder/support/source_location.h"

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace suture::builder {

/// The stages of the builder, in the order in which data flows.
enum class Stage { Diff, Units, Changes, Objects, Plan, Link, Verify };

/// One value for each distinct thing that is refused; text form by codeName().
enum class RefusalCode {
  // diff
  HunkDoesNotApply,
  BinaryFile,
  PathOutsideTree,
  /// A symbolic link or a submodule.
  SpecialFile,
  // units
  AssemblyFile,
  LinkerScriptFile,
  BuildFile,
  NoCompileCommand,
  // changes
  LayoutChanged,
  InitializerOfLiveDataChanged,
  TypeOfLiveDataChanged,
  VtableLayoutChanged,
  GlobalConstructor,
  InitOnlyChange,
  NewPerCpuVariable,
  NewInitcall,
  NewBootParameter,
  // objects
  UnexplainedObjectChange,
  CodeTableChanged,
  UnknownSection,
  UnsupportedRelocation,
  UndecodableCode,
  /// The target has it from another unit.
  DefinedElsewhere,
  /// A new variable takes the place of one that is gone.
  LiveDataReplaced,
  /// An entry of a list that the linker puts together comes or goes.
  SectionListChanged,
  // plan
  FunctionTooSmall,
  UnpatchableFunction,
  TargetFunctionMissing,
  TargetSymbolMissing,
  AmbiguousTargetSymbol,
  InitFunction,
  ThreadLocalData,
  // link
  PayloadTooLarge,
  NothingToPatch,
  // replacement
  ReplacementUndeclared,
  ReplacementClobbersRegisters,
  // verify
  ReproductionMismatch,
  LoadRefused,
  DependencyNotOfThisImage,
};

/// A patch, or a part of it, that is understood but will not be built.
struct Refusal {
  Stage stage;
  RefusalCode code;
  /// Where in the source the cause lies; empty file: no one place.
  SourceLocation location;
  /// What is refused, as the user writes it: a function, variable, type, file or section.
  std::string subject;
  /// Why, in one sentence or a few lines; values named.
  std::string reason;
  /// What the user can do about it.
  std::string advice;
};

/// `diff`, `units`, ...: as --dump-stage and JSON have it.
std::string_view stageName(Stage stage);

/// `layout-changed`, ...: stable across releases, for JSON and for scripts.
std::string_view codeName(RefusalCode code);

/// One refusal as a person reads it: location, subject, reason, advice, on one or more lines, with
/// a final newline.
std::string toString(const Refusal &refusal);

/// Brings refusals into the order of reports (stage, location, subject, code), equal ones once.
void sortRefusals(std::vector<Refusal> &refusals);

} // namespace suture::builder

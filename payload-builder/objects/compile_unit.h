// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/object_model.h"
#include "payload-builder/objects/shadow_tree.h"
#include "payload-builder/support/unit.h"

#include <llvm/Support/Error.h>
#include <optional>
#include <string>
#include <vector>

namespace suture::builder {

/// What is added to a recorded command.
enum class CodeSections {
  /// Nothing that may change code: for the comparison with the bytes that run.
  AsRecorded,
  /// A section for each function and object, and debug information: for comparing two states.
  Split,
};

/// What debug information of split code is to say at least.
enum class DebugInformation {
  /// Which functions are inlined where (inlining.h).
  Inlining,
  /// Where static locals are declared, too (static_locals.h); a tenth more of the compiler's time.
  StaticLocals,
};

struct CompileRequest {
  const CompileCommand &command;
  /// The tree to compile in; nullptr: the tree on disk.
  const ShadowTree *tree = nullptr;
  CodeSections sections = CodeSections::Split;
  DebugInformation debugInformation = DebugInformation::Inlining;
  /// A folder for the object file.
  std::string outputFolder;
};

/// Runs the target's own compiler, with the recorded flags less those that write or name other
/// files, and reads the object. Nothing is written outside outputFolder. Thread-safe.
/// Errors: no such compiler; the source does not compile: the compiler's message, with files named
/// as the user knows them; the object cannot be read.
llvm::Expected<ObjectModel> compileUnit(const CompileRequest &request);

/// The same for an object of which no model is wanted: assembly. Errors: as compileUnit().
llvm::Expected<ElfFile> compileToElf(const CompileRequest &request);

/// The same for any object: its bytes. Errors: as compileUnit().
llvm::Expected<std::string> compileToBytes(const CompileRequest &request);

/// The compiler is Clang with its own assembler, which does not list what that reads.
bool assemblesByItself(const CompileCommand &command);

/// An object and all that was read to make it.
struct CompiledObject {
  ElfFile file;
  /// Absolute paths; nullopt: that cannot be told.
  std::optional<std::vector<std::string>> inputs;
};

/// As compileToElf(), of the tree on disk. Errors: as compileUnit().
llvm::Expected<CompiledObject> compileWithInputs(const CompileRequest &request);

/// The arguments that compileUnit() runs, without the output's name: recorded ones less -o, -M*,
/// and the like.
std::vector<std::string> compileArguments(const CompileRequest &request);

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the units stage hands on: translation units that see a changed file, with the command that
// the target was built with.

#include <memory>
#include <string>
#include <vector>

namespace suture::builder {

/// A recorded compiler run, as compile_commands.json or a `.NAME.o.cmd` file has it.
struct CompileCommand {
  /// Absolute path of the folder it ran in.
  std::string directory;
  /// The source file as the command names it.
  std::string file;
  /// The object file as the command names it; may be a temporary name.
  std::string output;
  /// All arguments; the first is the compiler.
  std::vector<std::string> arguments;
  /// What the compiler read, as the build recorded it: relative to `directory` or absolute.
  /// nullptr: the build left no list.
  std::shared_ptr<const std::vector<std::string>> inputs = {};
};

enum class Language { C, Cxx, Assembly };

/// A translation unit that sees a changed file.
struct Unit {
  CompileCommand command;
  /// The main file, relative to SourceTree::root (absolute where it lies outside).
  std::string source;
  Language language = Language::C;
  /// Paths of SourceTree::files that this unit reads in its base or its patched state, sorted.
  std::vector<std::string> changedFiles;
};

/// Paths of a unit's main file: as the tree has it, and as the compiler was given it, which may
/// lead through a link of the build's (Xen: `arch/x86/efi/runtime.c`).
inline std::vector<std::string> sourcesOf(const Unit &unit) {
  return {unit.source, unit.command.directory + "/" + unit.command.file};
}

/// A unit that was looked at and left out.
struct DismissedUnit {
  std::string source;
  /// For instance "its preprocessed tokens are the same".
  std::string why;
};

} // namespace suture::builder

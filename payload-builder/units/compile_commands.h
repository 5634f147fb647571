// SPDX-License-Identifier: Apache-2.0
#pragma once
// The compiler runs that made the target, as the build left them behind.

#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/unit.h"

#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Error.h>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace suture::builder {

/// Where the target's compile commands are, and what is known of the target besides.
struct CompileCommandSource {
  /// A compile_commands.json. Empty: `.NAME.o.cmd` files below the source root.
  std::string jsonPath;
  /// Names of source files that the target's symbol table has (STT_FILE), with folders where they
  /// are there. With them, a changed source file that has no compile command and is not of the
  /// target is left out; without them it is refused.
  std::optional<std::set<std::string>> targetFiles;
};

/// A recorded compiler run and what it compiled.
struct RecordedCommand {
  CompileCommand command;
  Language language = Language::C;
  /// The main file, by the name that TreePaths gives.
  std::string source;
};

/// Reads all compile commands, sorted by source and output. A relative `directory` is relative to
/// the tree's root. What the build of another revision left is passed over: the diff adds its
/// source, or the source is neither in the tree nor in the diff and the target has no file of that
/// name. Errors: no such file, malformed, none found (is the tree built?), no source of them found.
llvm::Expected<std::vector<RecordedCommand>>
readCompileCommands(const SourceTree &tree, const CompileCommandSource &source);

/// Whether a command makes 32-bit code, which is no part of a 64-bit target but by its bytes.
bool makes32BitCode(const CompileCommand &command);

/// What a source file is written in, by its name; nullopt: it is no source file.
std::optional<Language> languageOf(llvm::StringRef file);

} // namespace suture::builder

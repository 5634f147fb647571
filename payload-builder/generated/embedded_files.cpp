// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/generated/embedded_files.h"

#include "payload-builder/support/text_file.h"
#include "payload-builder/units/recorded_inputs.h"

#include <algorithm>
#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Path.h>
#include <utility>
#include <vector>

namespace suture::builder {

namespace {

namespace path = llvm::sys::path;

/// All that the target's units read, absolute.
std::set<std::string> inputsOf(const SourceTree &tree, std::span<const RecordedCommand> commands) {
  std::set<std::string> files;
  RecordedInputs inputs(tree);
  for (const RecordedCommand &recorded : commands) {
    files.insert(recorded.source);
    for (std::string &input : inputs.of(recorded).value_or(std::vector<std::string>()))
      files.insert(std::move(input));
  }
  return files;
}

bool isNamedIn(std::span<const RecordedCommand> commands, llvm::StringRef name) {
  return std::ranges::any_of(commands, [&](const RecordedCommand &recorded) {
    return std::ranges::any_of(recorded.command.arguments,
                               [&](llvm::StringRef argument) { return argument.contains(name); });
  });
}

/// The file's name in what follows `incbin`: `"sub/blob.bin"`, in C with a backslash before each
/// quote. Empty where something else makes the name.
llvm::StringRef literalName(llvm::StringRef rest) {
  rest = rest.ltrim();
  rest.consume_front("\\");
  if (!rest.consume_front("\""))
    return {};
  const llvm::StringRef name = rest.take_until([](char c) { return c == '"' || c == '\\'; });
  return name.size() < rest.size() ? path::filename(name) : llvm::StringRef();
}

} // namespace

std::map<std::string, SourceLocation> embeddedFiles(const SourceTree &tree,
                                                    std::span<const RecordedCommand> commands,
                                                    const std::set<std::string> &files) {
  std::map<std::string, SourceLocation> result;
  if (files.empty())
    return result;
  for (const std::string &input : inputsOf(tree, commands)) {
    auto read = readFile(input);
    if (!read) {
      llvm::consumeError(read.takeError()); // The stage that compiles it reports it.
      continue;
    }
    const llvm::StringRef text = *read;
    constexpr llvm::StringLiteral directive = "incbin";
    for (size_t at = text.find(directive); at != llvm::StringRef::npos;
         at = text.find(directive, at + 1)) {
      const llvm::StringRef literal =
          literalName(text.substr(at + directive.size()).split('\n').first);
      for (const std::string &file : files) {
        const llvm::StringRef name = path::filename(file);
        if (!literal.empty() ? literal != name : !text.contains(name) && !isNamedIn(commands, name))
          continue;
        llvm::StringRef embedder = input;
        if (embedder.consume_front(tree.root))
          embedder.consume_front("/");
        result.try_emplace(
            file, SourceLocation{.file = embedder.str(),
                                 .line = static_cast<unsigned>(text.take_front(at).count('\n') + 1),
                                 .column = 0});
      }
    }
  }
  return result;
}

} // namespace suture::builder

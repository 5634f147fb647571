// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/predefined_macros.h"

#include "payload-builder/support/process.h"

#include <array>
#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringRef.h>
#include <memory>
#include <mutex>
#include <vector>

namespace suture::builder {
namespace {

/// Flags that change what is predefined: the machine, the dialect, code generation.
constexpr std::array<llvm::StringLiteral, 7> prefixes = {"-m",    "-f",       "-std=",    "-O",
                                                         "-ansi", "-pthread", "--target="};

llvm::StringRef languageName(Language language) {
  switch (language) {
  case Language::C:
    return "c";
  case Language::Cxx:
    return "c++";
  case Language::Assembly:
    return "assembler-with-cpp";
  }
  return "c";
}

std::optional<PredefinedMacros> ask(const std::vector<std::string> &arguments,
                                    const std::string &directory) {
  auto answer = runProcess(
      {.arguments = arguments, .directory = directory, .environment = {}, .timeoutSeconds = 10});
  if (!answer) {
    // Who needs that compiler's code will hear of it when it is to make some.
    llvm::consumeError(answer.takeError());
    return std::nullopt;
  }
  if (answer->status != 0)
    return std::nullopt;
  return parsePredefinedMacros(answer->output);
}

} // namespace

PredefinedMacros parsePredefinedMacros(std::string_view text) {
  PredefinedMacros macros;
  llvm::StringRef rest(text);
  while (!rest.empty()) {
    auto [line, next] = rest.split('\n');
    rest = next;
    if (line.contains("<command line>"))
      break;
    if (!line.consume_front("#define "))
      continue;
    auto [name, value] = line.split(' ');
    macros[name.str()] = value.trim().str();
  }
  return macros;
}

const std::optional<PredefinedMacros> &predefinedMacros(const CompileCommand &command,
                                                        Language language) {
  static const std::optional<PredefinedMacros> unknown;
  if (command.arguments.empty())
    return unknown;
  std::vector<std::string> arguments = {command.arguments.front()};
  for (size_t i = 1; i < command.arguments.size(); ++i) {
    const std::string &argument = command.arguments[i];
    if (llvm::any_of(prefixes,
                     [&](llvm::StringRef prefix) { return argument.starts_with(prefix); }))
      arguments.push_back(argument);
    else if (argument == "-target" && i + 1 < command.arguments.size())
      arguments.insert(arguments.end(), {argument, command.arguments[i + 1]});
  }
  for (llvm::StringRef own : {"-x", languageName(language).data(), "-dM", "-E", "/dev/null"})
    arguments.push_back(own.str());
  // Hundreds of units name the same compiler and flags, and a process costs milliseconds. Others
  // wait: what they would ask is most likely the same.
  using Key = std::pair<std::vector<std::string>, std::string>;
  static std::mutex mutex;
  static std::map<Key, std::optional<PredefinedMacros>> known;
  // Where the compiler runs matters to names of files alone.
  const bool hasPath = llvm::any_of(llvm::drop_end(arguments), [](llvm::StringRef argument) {
    return argument.contains('/') && !argument.starts_with("/");
  });
  const std::lock_guard<std::mutex> lock(mutex);
  auto [entry, isNew] = known.try_emplace(Key(arguments, hasPath ? command.directory : ""));
  if (isNew)
    entry->second = ask(arguments, command.directory);
  return entry->second;
}

} // namespace suture::builder

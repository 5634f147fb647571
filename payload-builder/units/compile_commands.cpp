// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/compile_commands.h"

// Two records of a build are read. compile_commands.json is a standard; ours differs in that a
// relative `directory` counts from the source root, so that the file does not name a machine's
// folders. Kbuild-style trees (Xen, Linux) leave a `.NAME.o.cmd` beside each object (cmd_file.h).

#include "payload-builder/support/text_file.h"
#include "payload-builder/support/tree_paths.h"
#include "payload-builder/units/cmd_file.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/Allocator.h>
#include <llvm/Support/CommandLine.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/StringSaver.h>
#include <nlohmann/json.hpp>
#include <tuple>

namespace suture::builder {
namespace {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

std::string absolutePath(llvm::StringRef directory, llvm::StringRef file) {
  llvm::SmallString<256> full(file);
  if (!path::is_absolute(file)) {
    full = directory;
    path::append(full, file);
  }
  path::remove_dots(full, /*remove_dot_dot=*/true);
  return std::string(full);
}

/// Options whose value is the next argument.
bool takesValue(llvm::StringRef option) {
  static constexpr std::array<llvm::StringLiteral, 18> Options = {
      "-o",        "-I",  "-D",  "-U",  "-include", "-imacros", "-isystem", "-iquote", "-idirafter",
      "-isysroot", "-MF", "-MT", "-MQ", "-x",       "-Xclang",  "-target",  "-arch",   "--param"};
  return llvm::is_contained(Options, option);
}

/// Fills what follows from the arguments: source, output, language. False: no compiler run.
bool readArguments(RecordedCommand &recorded) {
  CompileCommand &command = recorded.command;
  bool compiles = false;
  std::string source;
  for (size_t i = 1; i < command.arguments.size(); ++i) {
    llvm::StringRef argument = command.arguments[i];
    if (argument == "-c")
      compiles = true;
    if (argument == "-o" && i + 1 < command.arguments.size())
      command.output = command.arguments[i + 1];
    if (takesValue(argument))
      ++i;
    else if (!argument.starts_with("-") && languageOf(argument))
      source = argument;
  }
  if (command.file.empty())
    command.file = source;
  auto language = languageOf(command.file);
  if (!compiles || !language)
    return false;
  recorded.language = *language;
  recorded.source = absolutePath(command.directory, command.file);
  return true;
}

std::vector<std::string> splitShell(llvm::StringRef text) {
  llvm::BumpPtrAllocator allocator;
  llvm::StringSaver saver(allocator);
  llvm::SmallVector<const char *, 64> words;
  llvm::cl::TokenizeGNUCommandLine(text, saver, words);
  return {words.begin(), words.end()};
}

/// The first simple command of a shell line that compiles something.
std::vector<std::string> compilerRun(llvm::StringRef line) {
  std::vector<std::string> run;
  for (std::string &word : splitShell(line)) {
    bool ends = word == ";" || word == "&&" || word == "|" || word == "||";
    if (!ends && word.ends_with(';')) {
      word.pop_back();
      run.push_back(word);
      ends = true;
    } else if (!ends) {
      run.push_back(word);
    }
    if (ends) {
      if (llvm::is_contained(run, "-c"))
        return run;
      run.clear();
    }
  }
  return run;
}

/// The dependency file that the compiler was told to write, or "".
std::string dependencyFileOf(const CompileCommand &command) {
  bool asked = false;
  for (size_t i = 1; i < command.arguments.size(); ++i) {
    llvm::StringRef argument = command.arguments[i];
    if (argument == "-MF" && i + 1 < command.arguments.size())
      return command.arguments[i + 1];
    if (argument.consume_front("-MF"))
      return argument.str();
    if (argument.consume_front("-Wp,-MMD,") || argument.consume_front("-Wp,-MD,"))
      return argument.str();
    asked |= argument == "-MD" || argument == "-MMD";
  }
  if (!asked)
    return {};
  llvm::SmallString<128> file(command.output);
  path::replace_extension(file, ".d");
  return std::string(file);
}

void setInputs(CompileCommand &command, std::vector<std::string> inputs) {
  if (!inputs.empty())
    command.inputs = std::make_shared<const std::vector<std::string>>(std::move(inputs));
}

void readInputs(RecordedCommand &recorded) {
  std::string file = dependencyFileOf(recorded.command);
  if (file.empty())
    return;
  auto text = readFile(absolutePath(recorded.command.directory, file));
  if (text)
    setInputs(recorded.command, parseDependencyFile(*text));
  else
    llvm::consumeError(text.takeError()); // A build system may remove it: see include_scan.h.
}

llvm::Expected<RecordedCommand> fromJson(const nlohmann::json &entry, const std::string &root,
                                         const std::string &name) {
  RecordedCommand recorded;
  CompileCommand &command = recorded.command;
  if (!entry.is_object() || !entry.contains("directory") || !entry.contains("file") ||
      !(entry.contains("arguments") || entry.contains("command")))
    return llvm::createStringError(
        name + ": an entry without 'directory', 'file' and 'arguments' or 'command'");
  command.directory = absolutePath(root, entry["directory"].get<std::string>());
  command.file = entry["file"].get<std::string>();
  if (entry.contains("arguments"))
    command.arguments = entry["arguments"].get<std::vector<std::string>>();
  else
    command.arguments = splitShell(entry["command"].get<std::string>());
  readArguments(recorded);
  if (entry.contains("output"))
    command.output = entry["output"].get<std::string>();
  return recorded;
}

llvm::Expected<std::vector<RecordedCommand>> readJson(const std::string &root,
                                                      const std::string &jsonPath) {
  auto text = readFile(jsonPath);
  if (!text)
    return text.takeError();
  std::vector<RecordedCommand> commands;
  // nlohmann's own errors are exceptions; they end here.
  try {
    nlohmann::json document = nlohmann::json::parse(*text);
    if (!document.is_array())
      return llvm::createStringError(jsonPath + ": not a list of compile commands");
    for (const nlohmann::json &entry : document) {
      auto recorded = fromJson(entry, root, jsonPath);
      if (!recorded)
        return recorded.takeError();
      if (!recorded->source.empty())
        commands.push_back(std::move(*recorded));
    }
  } catch (const nlohmann::json::exception &error) {
    return llvm::createStringError(fmt::format("{}: {}", jsonPath, error.what()));
  }
  if (commands.empty())
    return llvm::createStringError(jsonPath + ": has no compile command");
  return commands;
}

/// Whether the build of another revision left the record: its source is gone, and the target has
/// no file of that name.
bool isOfAnotherRevision(const SourceTree &tree, const CompileCommandSource &source,
                         const RecordedCommand &recorded) {
  llvm::StringRef below = recorded.source;
  // Whichever state the disk has (`--git`, `--staged`), the target was built from the base.
  if (below.consume_front(tree.root + "/"))
    if (const auto changed = tree.files.find(below.str()); changed != tree.files.end())
      return !changed->second.base();
  return !fs::exists(recorded.source) &&
         std::ranges::none_of(source.targetFiles.value_or(std::set<std::string>()),
                              [&](const std::string &name) {
                                return path::filename(name) == path::filename(recorded.source);
                              });
}

std::optional<RecordedCommand> fromCmdFile(const CmdFile &cmd) {
  RecordedCommand recorded;
  recorded.command.directory = cmd.directory;
  recorded.command.arguments = compilerRun(cmd.command);
  if (recorded.command.arguments.empty() || !readArguments(recorded))
    return std::nullopt;
  if (cmd.inputs) {
    std::vector<std::string> inputs = *cmd.inputs;
    inputs.push_back(recorded.command.file);
    setInputs(recorded.command, std::move(inputs));
  }
  return recorded;
}

llvm::Expected<std::vector<RecordedCommand>> readCmdFiles(const std::string &root) {
  std::vector<RecordedCommand> commands;
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, error, /*follow_symlinks=*/false), end;
       it != end && !error; it.increment(error)) {
    llvm::StringRef name = path::filename(it->path());
    if (name == ".git") {
      it.no_push();
      continue;
    }
    if (!name.starts_with(".") || !name.ends_with(".o.cmd"))
      continue;
    auto text = readFile(it->path());
    if (!text)
      return text.takeError();
    if (const auto cmd = parseCmdFile(it->path(), *text))
      if (auto recorded = fromCmdFile(*cmd))
        commands.push_back(std::move(*recorded));
  }
  if (error)
    return llvm::createFileError(root, error);
  if (commands.empty())
    return llvm::createStringError(
        fmt::format("{}: no .NAME.o.cmd file below it records a compiler run: is the tree built? "
                    "(--compile-commands names a compile_commands.json)",
                    root));
  return commands;
}

} // namespace

bool makes32BitCode(const CompileCommand &command) {
  bool is32Bit = false;
  for (const std::string &argument : command.arguments)
    if (argument == "-m64")
      is32Bit = false;
    else if (argument == "-m32" || argument == "-m16" || argument == "-mx32")
      is32Bit = true;
  return is32Bit;
}

std::optional<Language> languageOf(llvm::StringRef file) {
  llvm::StringRef extension = path::extension(file);
  if (extension == ".c")
    return Language::C;
  if (extension == ".S" || extension == ".s" || extension == ".sx")
    return Language::Assembly;
  static constexpr std::array<llvm::StringLiteral, 5> Cxx = {".cpp", ".cc", ".cxx", ".C", ".c++"};
  if (llvm::is_contained(Cxx, extension))
    return Language::Cxx;
  return std::nullopt;
}

llvm::Expected<std::vector<RecordedCommand>>
readCompileCommands(const SourceTree &tree, const CompileCommandSource &source) {
  auto commands =
      source.jsonPath.empty() ? readCmdFiles(tree.root) : readJson(tree.root, source.jsonPath);
  if (!commands)
    return commands.takeError();
  TreePaths paths(tree.root);
  for (RecordedCommand &recorded : *commands)
    recorded.source = paths.of("", recorded.source);
  std::erase_if(*commands, [&](const RecordedCommand &recorded) {
    return isOfAnotherRevision(tree, source, recorded);
  });
  if (commands->empty())
    return llvm::createStringError(
        fmt::format("{}: no source file of its compile commands exists: was the tree built in "
                    "another place?",
                    source.jsonPath.empty() ? tree.root : source.jsonPath));
  for (RecordedCommand &recorded : *commands)
    if (!recorded.command.inputs)
      readInputs(recorded);
  std::ranges::sort(*commands, {}, [](const RecordedCommand &recorded) {
    return std::tie(recorded.source, recorded.command.output);
  });
  return commands;
}

} // namespace suture::builder

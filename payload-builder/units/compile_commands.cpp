// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/compile_commands.h"

// Two records of a build are read. compile_commands.json is a standard; ours differs in that a
// relative `directory` counts from the source root, so that the file does not name a machine's
// folders. Kbuild-style trees (Xen, Linux) leave a `.NAME.o.cmd` beside each object:
//
//   cmd_x86_64/mm.o := gcc -MMD -MF x86_64/.mm.o.d ... -c x86_64/mm.c -o x86_64/.mm.o.tmp
//   source_x86_64/mm.o := ...            (newer ones)
//   deps_x86_64/mm.o := \                (newer ones)
//
// The folder of the run is not said. It follows from the object's name, which counts from there:
// the .cmd lies in arch/x86/x86_64, the object is x86_64/mm.o, so the run was in arch/x86.

#include "payload-builder/support/text_file.h"

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

/// Absolute, with its folder's symbolic links resolved where the folder exists.
std::string realSource(llvm::StringRef directory, llvm::StringRef file) {
  std::string full = absolutePath(directory, file);
  llvm::SmallString<256> real;
  if (fs::real_path(path::parent_path(full), real))
    return full;
  path::append(real, path::filename(full));
  return std::string(real);
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
  recorded.source = realSource(command.directory, command.file);
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

void readInputs(RecordedCommand &recorded) {
  std::string file = dependencyFileOf(recorded.command);
  if (file.empty())
    return;
  auto text = readFile(absolutePath(recorded.command.directory, file));
  if (!text) {
    // A build system may remove it; the scan takes its place.
    llvm::consumeError(text.takeError());
    return;
  }
  recorded.inputs = parseDependencyFile(*text);
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
    if (auto recorded = parseCmdFile(it->path(), *text))
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

std::vector<std::string> parseDependencyFile(std::string_view text) {
  std::vector<std::string> inputs;
  std::string word;
  bool prerequisites = false;
  auto endWord = [&] {
    if (word.ends_with(':'))
      prerequisites = true;
    else if (!word.empty() && prerequisites)
      inputs.push_back(word);
    word.clear();
  };
  for (size_t i = 0; i < text.size(); ++i) {
    char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] == '\\' && next == '\n') {
      endWord();
      ++i;
    } else if (text[i] == '\\' && (next == ' ' || next == '#')) {
      word += text[++i];
    } else if (text[i] == '$' && next == '$') {
      word += text[++i];
    } else if (text[i] == '\n') {
      endWord();
      prerequisites = false;
    } else if (text[i] == ' ' || text[i] == '\t' || text[i] == '\r') {
      endWord();
    } else {
      word += text[i];
    }
  }
  endWord();
  return inputs;
}

std::optional<RecordedCommand> parseCmdFile(const std::string &cmdPath, std::string_view text) {
  RecordedCommand recorded;
  std::optional<std::vector<std::string>> listed;
  for (llvm::StringRef rest = text; !rest.empty();) {
    auto [line, after] = rest.split('\n');
    llvm::StringRef current = line;
    if (current.consume_front("savedcmd_") || current.consume_front("cmd_")) {
      auto [object, command] = current.split(" := ");
      // `cmd_` lines hold make text: `$$` is a dollar.
      std::string unescaped = command.str();
      for (size_t at = 0; (at = unescaped.find("$$", at)) != std::string::npos; ++at)
        unescaped.erase(at, 1);
      recorded.command.arguments = compilerRun(unescaped);
      llvm::StringRef folder = path::parent_path(cmdPath);
      llvm::StringRef below = path::parent_path(object);
      if (!below.empty() && folder.ends_with(("/" + below).str()))
        folder = folder.drop_back(below.size() + 1);
      recorded.command.directory = folder.str();
    } else if (current.starts_with("deps_")) {
      // The rest of the file is one make rule without its target.
      auto [target, first] = current.split(" := ");
      std::string rule = "x: " + first.str() + "\n" + after.split("\n\n").first.str() + "\n";
      listed = parseDependencyFile(rule);
      std::erase_if(*listed, [](const std::string &word) { return word.starts_with("$("); });
    }
    rest = after;
  }
  if (recorded.command.arguments.empty() || !readArguments(recorded))
    return std::nullopt;
  recorded.inputs = std::move(listed);
  if (recorded.inputs)
    recorded.inputs->push_back(recorded.source);
  return recorded;
}

llvm::Expected<std::vector<RecordedCommand>>
readCompileCommands(const SourceTree &tree, const CompileCommandSource &source) {
  auto commands =
      source.jsonPath.empty() ? readCmdFiles(tree.root) : readJson(tree.root, source.jsonPath);
  if (!commands)
    return commands.takeError();
  std::erase_if(*commands, [&](const RecordedCommand &recorded) {
    return isOfAnotherRevision(tree, source, recorded);
  });
  if (commands->empty())
    return llvm::createStringError(
        fmt::format("{}: no source file of its compile commands exists: was the tree built in "
                    "another place?",
                    source.jsonPath.empty() ? tree.root : source.jsonPath));
  for (RecordedCommand &recorded : *commands)
    if (!recorded.inputs)
      readInputs(recorded);
  std::ranges::sort(*commands, {}, [](const RecordedCommand &recorded) {
    return std::tie(recorded.source, recorded.command.output);
  });
  return commands;
}

} // namespace suture::builder

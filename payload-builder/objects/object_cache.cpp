// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/object_cache.h"

// A unit's base is compiled again for each fix to the same target, and for each attempt at one:
// half of the time that a change to a widely seen header takes. What an object hangs on:
//
//   - the compiler (the program, what it runs to compile and to assemble, by content), the
//     arguments, the folder, and the variables that compilers take arguments from. These make the
//     key that an entry is filed under.
//   - what was read: the compiler's and the assembler's lists, each file with a hash of its
//   content.
//   - what was not there: of the names in the folders that are searched for headers, those that
//     exist. A new header there may hide another.
//
// Where any of that cannot be told (`.incbin` with an assembler that lists nothing, a plug-in, a
// profile), or the time of day goes in, nothing is kept. The object is one more witness, not the
// judge: what a payload replaces is compared with the target's bytes all the same.

#include "payload-builder/support/process.h"
#include "payload-builder/support/text_file.h"
#include "payload-builder/units/compile_commands.h"
#include "payload-builder/units/predefined_macros.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <llvm/ADT/StringExtras.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Program.h>
#include <nlohmann/json.hpp>
#include <set>

namespace suture::builder {
namespace {

using Json = nlohmann::json;

/// Of the entry's layout and of what is in the key.
constexpr std::string_view formatVersion = "suture object 1";

/// What compilers take arguments from, beside the command.
constexpr std::array variables = {
    "CPATH",           "C_INCLUDE_PATH",    "CPLUS_INCLUDE_PATH",  "COMPILER_PATH",
    "GCC_EXEC_PREFIX", "SOURCE_DATE_EPOCH", "CCC_OVERRIDE_OPTIONS"};

/// Arguments that name inputs which no list of dependencies has, or let the machine decide.
constexpr std::array<llvm::StringLiteral, 9> hiddenInputs = {
    "@",  "-fplugin", "-fprofile",     "-fauto-profile", "-specs",
    "-B", "-Xclang",  "-march=native", "-mtune=native"};

constexpr std::array<llvm::StringLiteral, 4> searchFlags = {"-I", "-iquote", "-isystem",
                                                            "-idirafter"};

std::string absolutePath(const std::string &directory, llvm::StringRef path) {
  return path.starts_with("/") ? path.str() : directory + "/" + path.str();
}

std::vector<std::string> searchedFolders(const CompileCommand &command) {
  std::vector<std::string> folders = {command.directory};
  for (size_t i = 0; i < command.arguments.size(); ++i)
    for (const llvm::StringLiteral flag : searchFlags) {
      llvm::StringRef folder = command.arguments[i];
      if (!folder.consume_front(flag))
        continue;
      if (folder.empty() && i + 1 < command.arguments.size())
        folder = command.arguments[i + 1];
      folders.push_back(absolutePath(command.directory, folder));
    }
  return folders;
}

std::string entryName(const ContentHash &key) {
  return llvm::toHex(key, /*LowerCase=*/true) + std::string(objectExtension);
}

std::string hexOf(std::string_view bytes) { return llvm::toHex(contentHash(bytes)); }

/// A checksum, what was read, and the object; a line each but for the last.
std::string toEntry(const Json &header, std::span<const uint8_t> object) {
  std::string rest = header.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  rest.append(reinterpret_cast<const char *>(object.data()), object.size());
  return hexOf(rest) + "\n" + rest;
}

/// The other way round; nullopt: damaged or cut short.
std::optional<std::pair<Json, std::string>> fromEntry(std::string_view entry) {
  const auto takeLine = [&]() -> std::string_view {
    const size_t end = std::min(entry.find('\n'), entry.size());
    const std::string_view line = entry.substr(0, end);
    entry.remove_prefix(std::min(end + 1, entry.size()));
    return line;
  };
  const std::string_view checksum = takeLine();
  if (checksum != hexOf(entry))
    return std::nullopt;
  Json header = Json::parse(takeLine(), nullptr, /*allow_exceptions=*/false);
  if (!header.is_object())
    return std::nullopt;
  return std::pair(std::move(header), std::string(entry));
}

} // namespace

/// The content of all programs that take part.
std::string ObjectCache::compilerIdentity(const CompileCommand &command) {
  const std::string &name = command.arguments.at(0);
  const bool isOneProgram = assemblesByItself(command);
  const std::lock_guard<std::mutex> lock(mutex_);
  auto [entry, isNew] = compilers_.try_emplace({name, command.directory, isOneProgram});
  if (!isNew)
    return entry->second;
  const auto add = [&](llvm::StringRef program) {
    std::string path = absolutePath(command.directory, program);
    if (!program.contains('/')) {
      auto found = llvm::sys::findProgramByName(program);
      path = found ? *found : program.str();
    }
    const auto hash = disk_.hash(path);
    entry->second += hash ? llvm::toHex(*hash) : program.str();
  };
  add(name);
  // Clang is one program, and what it is linked with shows in its version (keyOf()).
  if (isOneProgram)
    return entry->second;
  for (const char *part : {"cc1", "cc1plus", "as"}) {
    auto answer = runProcess({.arguments = {name, std::string("-print-prog-name=") + part},
                              .directory = command.directory,
                              .environment = {"LC_ALL=C"},
                              .timeoutSeconds = 10});
    if (answer && answer->status == 0)
      add(llvm::StringRef(answer->output).trim());
    else
      llvm::consumeError(answer.takeError()); // Its compilation says so as well.
  }
  return entry->second;
}

std::optional<ContentHash> ObjectCache::keyOf(const CompileRequest &request) {
  const std::vector<std::string> arguments = compileArguments(request);
  for (const llvm::StringRef argument : arguments)
    if (std::ranges::any_of(hiddenInputs,
                            [&](llvm::StringRef prefix) { return argument.starts_with(prefix); }))
      return std::nullopt;
  std::string text(formatVersion);
  const auto add = [&](std::string_view word) {
    text += '\0';
    text += word;
  };
  add(compilerIdentity(request.command));
  if (const auto &macros =
          predefinedMacros(request.command, languageOf(request.command.file).value_or(Language::C)))
    for (const auto &[macro, value] : *macros)
      add(macro + " " + value);
  for (const char *variable : variables) {
    const char *value = std::getenv(variable);
    add(value != nullptr ? value : "");
  }
  add(request.command.directory);
  for (const std::string &argument : arguments)
    add(argument);
  return contentHash(text);
}

/// Of every name under which one of the inputs was, or might have been, looked for: those that
/// exist.
std::vector<std::string> ObjectCache::namesFoundFirst(const CompileRequest &request,
                                                      const std::vector<std::string> &inputs) {
  const std::vector<std::string> folders = searchedFolders(request.command);
  std::set<std::string> found;
  for (const std::string &input : inputs)
    for (const std::string &folder : folders) {
      llvm::StringRef name = input;
      if (!name.consume_front(folder + "/"))
        continue;
      for (const std::string &other : folders)
        if (std::string candidate = other + "/" + name.str(); disk_.exists(candidate))
          found.insert(std::move(candidate));
    }
  return {found.begin(), found.end()};
}

std::optional<std::string> ObjectCache::find(const ContentHash &key,
                                             const CompileRequest &request) {
  const std::string name = entryName(key);
  const auto bytes = folder_.read(name);
  auto entry = bytes ? fromEntry(*bytes) : std::nullopt;
  if (!entry || entry->first["key"] != llvm::toHex(key) || !entry->first["inputs"].is_object())
    return std::nullopt;
  std::vector<std::string> inputs;
  for (const auto &[path, hash] : entry->first["inputs"].items()) {
    const auto now = disk_.hash(path);
    if (!now || hash != llvm::toHex(*now))
      return std::nullopt;
    inputs.push_back(path);
  }
  if (entry->first["exist"] != Json(namesFoundFirst(request, inputs)))
    return std::nullopt;
  folder_.touch(name);
  return std::move(entry->second);
}

/// Whether a file may make the compiler write down the time.
bool ObjectCache::dependsOnTime(const std::string &input) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (auto known = timed_.find(input); known != timed_.end())
      return known->second;
  }
  bool timed = true; // What cannot be read now was there a moment ago.
  if (auto text = readFile(input))
    timed = std::ranges::any_of(std::array{"__DATE__", "__TIME__", "__TIMESTAMP__"},
                                [&](const char *macro) { return text->contains(macro); });
  else
    llvm::consumeError(text.takeError());
  const std::lock_guard<std::mutex> lock(mutex_);
  return timed_.try_emplace(input, timed).first->second;
}

void ObjectCache::store(const ContentHash &key, const CompileRequest &request,
                        const CompiledObject &object) {
  if (!object.inputs)
    return;
  Json header = {{"key", llvm::toHex(key)}, {"inputs", Json::object()}};
  for (const std::string &input : *object.inputs) {
    const auto hash = disk_.hash(input);
    if (!hash || dependsOnTime(input))
      return;
    header["inputs"][input] = llvm::toHex(*hash);
  }
  header["exist"] = namesFoundFirst(request, *object.inputs);
  folder_.write(entryName(key), toEntry(header, object.file.bytes()));
}

llvm::Expected<ElfFile> ObjectCache::compile(const CompileRequest &request) {
  const std::optional<ContentHash> key =
      folder_.isUsable() ? keyOf(request) : std::optional<ContentHash>();
  if (!key)
    return compileToElf(request);
  if (auto bytes = find(*key, request)) {
    if (auto file = ElfFile::fromBytes(std::move(*bytes), request.command.output)) {
      ++hits_;
      return std::move(*file);
    } else {
      llvm::consumeError(file.takeError()); // Compiled anew.
    }
  }
  ++misses_;
  auto object = compileWithInputs(request);
  if (!object)
    return object.takeError();
  store(*key, request, *object);
  return std::move(object->file);
}

} // namespace suture::builder

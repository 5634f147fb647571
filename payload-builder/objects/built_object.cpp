// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/built_object.h"

// Xen's build writes `./.name.o.tmp` and makes `name.o` of it by giving the source file's symbol a
// longer name.

#include "payload-builder/support/text_file.h"
#include "payload-builder/units/compile_commands.h"

#include <algorithm>
#include <elf.h>
#include <filesystem>

namespace suture::builder {

namespace {

namespace fs = std::filesystem;

/// What the command's output is called in the end.
fs::path finalName(fs::path output) {
  const std::string name = output.filename().string();
  if (name.starts_with('.') && name.ends_with(".o.tmp"))
    output.replace_filename(name.substr(1, name.size() - 1 - std::string_view(".tmp").size()));
  return output;
}

std::string dependencyFile(const CompileCommand &command) {
  const auto found = std::ranges::find(command.arguments, "-MF");
  if (found == command.arguments.end() || found + 1 == command.arguments.end())
    return {};
  return *(found + 1);
}

/// Whether the file exists and is no newer than `time`.
bool isNoNewer(const fs::path &path, fs::file_time_type time) {
  std::error_code error;
  const auto own = fs::last_write_time(path, error);
  return !error && own <= time;
}

} // namespace

std::optional<std::vector<std::string>> builtInputs(const CompileCommand &command) {
  const std::string dependencies = dependencyFile(command);
  if (dependencies.empty())
    return std::nullopt;
  auto text = readFile((fs::path(command.directory) / dependencies).string());
  if (!text) {
    // Without it nothing is known of the object's age.
    llvm::consumeError(text.takeError());
    return std::nullopt;
  }
  std::vector<std::string> inputs = parseDependencyFile(*text);
  if (inputs.empty())
    return std::nullopt;
  return inputs;
}

std::optional<ElfFile> openBuiltObject(const CompileCommand &command) {
  const fs::path directory = command.directory;
  const fs::path output = finalName(directory / command.output);
  std::error_code error;
  const auto time = fs::last_write_time(output, error);
  if (error)
    return std::nullopt;
  const auto inputs = builtInputs(command);
  if (!inputs || !std::ranges::all_of(*inputs, [&](const std::string &input) {
        return isNoNewer(directory / input, time);
      }))
    return std::nullopt;
  auto file = ElfFile::open(output.string());
  if (file && file->type() == ET_REL)
    return std::move(*file);
  if (!file)
    llvm::consumeError(file.takeError()); // No object: nothing to compare with.
  return std::nullopt;
}

} // namespace suture::builder

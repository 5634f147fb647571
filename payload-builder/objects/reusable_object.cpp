// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/reusable_object.h"

#include "payload-builder/support/text_file.h"
#include "payload-builder/units/compile_commands.h"

#include <algorithm>
#include <filesystem>

namespace suture::builder {

namespace {

namespace fs = std::filesystem;

bool has(const CompileCommand &command, const char *flag) {
  return std::ranges::find(command.arguments, flag) != command.arguments.end();
}

std::string valueOf(const CompileCommand &command, const char *flag) {
  const auto found = std::ranges::find(command.arguments, flag);
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

std::optional<ObjectModel> findReusableObject(const CompileCommand &command) {
  for (const char *flag : {"-ffunction-sections", "-fdata-sections", "-g"})
    if (!has(command, flag))
      return std::nullopt;
  const fs::path directory = command.directory;
  const fs::path output = directory / command.output;
  std::error_code error;
  const auto time = fs::last_write_time(output, error);
  const std::string dependencies = valueOf(command, "-MF");
  if (error || dependencies.empty())
    return std::nullopt;
  auto text = readFile((directory / dependencies).string());
  if (!text) {
    // Without it nothing is known of the object's age; the unit is compiled.
    llvm::consumeError(text.takeError());
    return std::nullopt;
  }
  const auto inputs = parseDependencyFile(*text);
  if (inputs.empty() || !std::ranges::all_of(inputs, [&](const std::string &input) {
        return isNoNewer(directory / input, time);
      }))
    return std::nullopt;
  auto file = ElfFile::open(output.string());
  auto object = file ? ObjectModel::parse(std::move(*file)) : file.takeError();
  if (object)
    return std::move(*object);
  // A file that is no object is made anew.
  llvm::consumeError(object.takeError());
  return std::nullopt;
}

} // namespace suture::builder

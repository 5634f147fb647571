// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/built_object.h"

// Xen's build writes `./.name.o.tmp` and makes `name.o` of it by giving the source file's symbol a
// longer name.

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

/// Whether the file exists and is no newer than `time`.
bool isNoNewer(const fs::path &path, fs::file_time_type time) {
  std::error_code error;
  const auto own = fs::last_write_time(path, error);
  return !error && own <= time;
}

} // namespace

std::optional<ElfFile> openBuiltObject(const CompileCommand &command) {
  const fs::path directory = command.directory;
  const fs::path output = finalName(directory / command.output);
  std::error_code error;
  const auto time = fs::last_write_time(output, error);
  if (error)
    return std::nullopt;
  if (!command.inputs || !std::ranges::all_of(*command.inputs, [&](const std::string &input) {
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

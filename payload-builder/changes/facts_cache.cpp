// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/facts_cache.h"

// Of a unit's two states, the base is parsed again for each fix to the same target, and for each
// attempt at one. What a parse found hangs on three things: Clang and this program, the arguments
// (with what the unit's own compiler predefines), and the files. The first two, and the files that
// the diff changes (their types are reported even where no code uses them, their text counts where
// only another compiler includes them), make the key that an entry is filed under; the files are
// listed in the entry, with a hash of their content, along with every name that was looked for and
// not found: a header that appears in a folder that is searched earlier changes the outcome as
// well. An entry counts if each of them is as it was. That costs a few milliseconds, a parse some
// two hundred.
//
// Rejected: trusting times of modification (a checkout, a clock or a mount changes them at will).

#include "payload-builder/support/text_file.h"
#include "payload-builder/units/front_end.h"
#include "payload-builder/units/predefined_macros.h"

#include <algorithm>
#include <chrono>
#include <clang/Basic/Version.h>
#include <cstdlib>
#include <filesystem>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/raw_ostream.h>
#include <sys/stat.h>
#include <tuple>
#include <unistd.h>

namespace suture::builder {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view extension = ".facts";

/// A folder of this user's that nobody else writes to; "" if it cannot be had.
std::string privateFolder(const std::string &folder) {
  std::error_code error;
  if (folder.empty() || !fs::path(folder).is_absolute())
    return {};
  const bool isNew = fs::create_directories(folder, error);
  struct stat status = {};
  if (error || ::stat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) ||
      status.st_uid != ::geteuid())
    return {};
  if (isNew && ::chmod(folder.c_str(), S_IRWXU) == 0)
    return folder;
  return (status.st_mode & (S_IWGRP | S_IWOTH)) == 0 ? folder : std::string();
}

/// Another build of this program may look at other things; all zeros where it cannot be read.
ContentHash hashOfThisProgram() {
  auto program = readFile("/proc/self/exe");
  if (program)
    return contentHash(*program);
  llvm::consumeError(program.takeError()); // The format's version alone speaks for it.
  return {};
}

} // namespace

std::string defaultCacheFolder() {
  const auto below = [](const char *variable, const char *path) -> std::string {
    const char *value = std::getenv(variable);
    return value != nullptr && value[0] == '/' ? std::string(value) + path : std::string();
  };
  std::string folder = below("XDG_CACHE_HOME", "/suture");
  return folder.empty() ? below("HOME", "/.cache/suture") : folder;
}

FactsCache::FactsCache(Options options)
    : folder_(privateFolder(options.folder)), sizeLimit_(options.sizeLimit),
      program_(folder_.empty() ? ContentHash{} : hashOfThisProgram()) {}

/// Of all that a parse hangs on, without the files' content.
ContentHash FactsCache::keyOf(const FrontEnd &run, const UnitState &unit,
                              const std::vector<std::string> &changedFiles) const {
  std::string text = clang::getClangFullVersion() + llvm::toHex(program_);
  const auto add = [&](const std::string &word) {
    text += '\0';
    text += word;
  };
  add(unit.tree.root);
  add(unit.command.directory);
  for (const std::string &argument : run.arguments())
    add(argument);
  if (const auto &macros = predefinedMacros(unit.command, unit.language))
    for (const auto &[macro, value] : *macros)
      add(macro + " " + value);
  add("");
  for (const std::string &file : changedFiles) {
    add(file);
    const auto found = unit.tree.files.find(file);
    const FileText content =
        found != unit.tree.files.end() ? textIn(found->second, unit.state) : std::nullopt;
    add(content ? llvm::toHex(contentHash(*content)) : "");
  }
  return contentHash(text);
}

std::string FactsCache::pathOf(const ContentHash &key) const {
  return folder_ + "/" + llvm::toHex(key, /*LowerCase=*/true) + std::string(extension);
}

std::optional<ContentHash> FactsCache::hashOnDisk(const std::string &path) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (auto known = onDisk_.find(path); known != onDisk_.end())
      return known->second;
  }
  std::optional<ContentHash> hash;
  if (auto text = readFile(path))
    hash = contentHash(*text);
  else
    llvm::consumeError(text.takeError()); // Not there; that is an answer too.
  const std::lock_guard<std::mutex> lock(mutex_);
  return onDisk_.try_emplace(path, hash).first->second;
}

bool FactsCache::isCurrent(const FileReads &reads, FrontEnd &run, const UnitState &unit) {
  return std::ranges::all_of(reads, [&](const auto &entry) {
    const auto &[path, hash] = entry;
    if (auto changed = run.files().changedPath(path)) {
      const FileText &text = textIn(unit.tree.files.at(*changed), unit.state);
      return text ? hash == contentHash(*text) : !hash;
    }
    return hash ? hash == hashOnDisk(path) : !llvm::sys::fs::exists(path);
  });
}

std::optional<UnitFacts> FactsCache::find(const ContentHash &key, FrontEnd &run,
                                          const UnitState &unit) {
  auto bytes = readFile(pathOf(key));
  if (!bytes) {
    llvm::consumeError(bytes.takeError()); // No entry.
    return std::nullopt;
  }
  auto cached = fromBytes(*bytes);
  if (!cached || cached->key != key || !isCurrent(cached->reads, run, unit))
    return std::nullopt;
  // What is used stays longest.
  std::error_code ignored;
  fs::last_write_time(pathOf(key), fs::file_time_type::clock::now(), ignored);
  return std::move(cached->facts);
}

/// An entry appears whole or not at all; a failure costs a parse in the next run.
void FactsCache::store(const CachedFacts &cached) {
  const std::string path = pathOf(cached.key);
  llvm::SmallString<256> temporary;
  int descriptor = -1;
  if (llvm::sys::fs::createUniqueFile(folder_ + "/%%%%%%%%%%%%.partial", descriptor, temporary))
    return;
  llvm::raw_fd_ostream stream(descriptor, /*shouldClose=*/true);
  stream << toBytes(cached);
  stream.close();
  const bool failed = stream.has_error();
  stream.clear_error();
  std::error_code error;
  if (!failed)
    fs::rename(temporary.c_str(), path, error);
  if (failed || error)
    fs::remove(temporary.c_str(), error);
}

llvm::Expected<UnitFacts> FactsCache::read(const UnitState &unit,
                                           const std::vector<std::string> &changedFiles) {
  auto run = FrontEnd::create(unit);
  if (!run)
    return run.takeError();
  if (!isUsable())
    return readUnitFacts(*run, unit);
  CachedFacts cached;
  cached.key = keyOf(*run, unit, changedFiles);
  if (auto facts = find(cached.key, *run, unit)) {
    ++hits_;
    return std::move(*facts);
  }
  ++misses_;
  run->files().recordReads();
  auto facts = readUnitFacts(*run, unit);
  if (!facts)
    return facts.takeError();
  cached.reads = run->files().reads();
  cached.facts = std::move(*facts);
  store(cached);
  return std::move(cached.facts);
}

void FactsCache::trim() const {
  if (!isUsable())
    return;
  struct Entry {
    fs::path path;
    uint64_t size = 0;
    fs::file_time_type time;
  };
  std::vector<Entry> entries;
  uint64_t total = 0;
  std::error_code error;
  for (fs::directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone; // Another run may remove it first.
    Entry entry{it->path(), it->file_size(gone), it->last_write_time(gone)};
    const auto age = fs::file_time_type::clock::now() - entry.time;
    if (gone)
      continue;
    // What a run that was killed left half written.
    if (entry.path.extension() == ".partial" && age > std::chrono::hours(1))
      fs::remove(entry.path, gone);
    if (entry.path.extension() != extension)
      continue;
    total += entry.size;
    entries.push_back(std::move(entry));
  }
  std::ranges::sort(entries, {},
                    [](const Entry &entry) { return std::tie(entry.time, entry.path); });
  for (const Entry &entry : entries) {
    if (total <= sizeLimit_)
      return;
    fs::remove(entry.path, error);
    total -= entry.size;
  }
}

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/support/cache_folder.h"

#include "payload-builder/support/text_file.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <llvm/ADT/SmallString.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/raw_ostream.h>
#include <sys/stat.h>
#include <tuple>
#include <unistd.h>
#include <vector>

namespace suture::builder {
namespace {

namespace fs = std::filesystem;

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

} // namespace

std::string defaultCacheFolder() {
  const auto below = [](const char *variable, const char *path) -> std::string {
    const char *value = std::getenv(variable);
    return value != nullptr && value[0] == '/' ? std::string(value) + path : std::string();
  };
  std::string folder = below("XDG_CACHE_HOME", "/suture");
  return folder.empty() ? below("HOME", "/.cache/suture") : folder;
}

CacheFolder::CacheFolder(Options options)
    : folder_(privateFolder(options.folder)), sizeLimit_(options.sizeLimit) {}

std::optional<std::string> CacheFolder::read(const std::string &name) const {
  if (!isUsable())
    return std::nullopt;
  auto bytes = readFile(folder_ + "/" + name);
  if (bytes)
    return std::move(*bytes);
  llvm::consumeError(bytes.takeError()); // No entry.
  return std::nullopt;
}

void CacheFolder::touch(const std::string &name) const {
  std::error_code ignored;
  fs::last_write_time(folder_ + "/" + name, fs::file_time_type::clock::now(), ignored);
}

void CacheFolder::write(const std::string &name, std::string_view bytes) const {
  llvm::SmallString<256> temporary;
  int descriptor = -1;
  if (!isUsable() ||
      llvm::sys::fs::createUniqueFile(folder_ + "/%%%%%%%%%%%%.partial", descriptor, temporary))
    return;
  llvm::raw_fd_ostream stream(descriptor, /*shouldClose=*/true);
  stream << bytes;
  stream.close();
  const bool failed = stream.has_error();
  stream.clear_error();
  std::error_code error;
  if (!failed)
    fs::rename(temporary.c_str(), folder_ + "/" + name, error);
  if (failed || error)
    fs::remove(temporary.c_str(), error);
}

void CacheFolder::trim() const {
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
    const fs::path extension = entry.path.extension();
    // What a run that was killed left half written.
    if (extension == ".partial" && age > std::chrono::hours(1))
      fs::remove(entry.path, gone);
    if (extension != factsExtension && extension != objectExtension)
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

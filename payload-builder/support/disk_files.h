// SPDX-License-Identifier: Apache-2.0
#pragma once
// What lies on disk, each file looked at once in a run however many units read it.

#include "payload-builder/support/content_hash.h"

#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace suture::builder {

/// Nothing that it looked at may change while it lives. Thread-safe.
class DiskFiles final {
public:
  DiskFiles() = default;
  DiskFiles(const DiskFiles &) = delete;
  DiskFiles &operator=(const DiskFiles &) = delete;

  /// Of a file's content; nullopt: there is none, or it cannot be read. \param path  absolute.
  std::optional<ContentHash> hash(const std::string &path);
  /// Whether there is a file or folder of that name.
  bool exists(const std::string &path);

private:
  std::mutex mutex_;
  /// Guarded by mutex_.
  std::map<std::string, std::optional<ContentHash>> hashes_;
  std::map<std::string, bool> names_;
};

} // namespace suture::builder

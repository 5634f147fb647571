// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is kept from one run to the next.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace suture::builder {

/// What a cache did in one run.
struct CacheUse {
  /// Pieces of work that were saved, and those that were not.
  size_t hits = 0, misses = 0;
};

/// Entries in a folder that is the user's alone, one file each. What cannot be kept or read is as
/// good as not there: no errors. Thread-safe; several runs may share a folder.
class CacheFolder final {
public:
  struct Options {
    /// Absolute; created with its parents where it is missing; "": keeps nothing.
    std::string folder;
    /// Bytes of all entries together; the oldest go first.
    uint64_t sizeLimit = uint64_t{512} << 20;
  };
  /// A folder that cannot be made, or that others may write to, keeps nothing.
  explicit CacheFolder(Options options);

  bool isUsable() const { return !folder_.empty(); }
  /// An entry's bytes; nullopt: there is none. \param name  ends in one of entryExtensions.
  std::optional<std::string> read(const std::string &name) const;
  /// An entry that turned out to be of use stays longest.
  void touch(const std::string &name) const;
  /// It appears whole or not at all, in the place of one of that name.
  void write(const std::string &name, std::string_view bytes) const;
  /// Removes the oldest entries until the rest keep to the limit. Once, at the end of a run.
  void trim() const;

private:
  std::string folder_;
  const uint64_t sizeLimit_;
};

/// The names of entries end in one of these. Nothing else in the folder is touched.
inline constexpr std::string_view factsExtension = ".facts", objectExtension = ".object";

/// The user's folder for such things: `$XDG_CACHE_HOME/suture`, else `~/.cache/suture`; "" where
/// neither variable has an absolute path.
std::string defaultCacheFolder();

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#pragma once
// Facts of base units from one run to the next.

#include "payload-builder/changes/facts_format.h"
#include "payload-builder/changes/unit_facts.h"
#include "payload-builder/support/unit.h"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

namespace suture::builder {

/// What a cache did in one run.
struct CacheUse {
  /// Parses that were saved, and those that were not.
  size_t hits = 0, misses = 0;
};

/// Keeps what parses of base units found, one file a unit, in a folder that is the user's alone.
/// It never changes an outcome: what cannot be used is as good as not there. Thread-safe.
class FactsCache final {
public:
  struct Options {
    /// Absolute; created with its parents where it is missing.
    std::string folder;
    /// Bytes of all entries together; the oldest go first.
    uint64_t sizeLimit = uint64_t{512} << 20;
  };
  /// A folder that cannot be made, or that others may write to, makes a cache that keeps nothing.
  explicit FactsCache(Options options);
  FactsCache(const FactsCache &) = delete;
  FactsCache &operator=(const FactsCache &) = delete;

  /// The facts of a unit's base state: from the cache if all that was read for them is still the
  /// same, else by a parse whose facts are kept. Errors: as readUnitFacts().
  llvm::Expected<UnitFacts> read(const UnitState &unit,
                                 const std::vector<std::string> &changedFiles);

  /// Removes the oldest entries until the rest keep to the limit. Once, at the end of a run.
  void trim() const;

  CacheUse use() const { return {hits_.load(), misses_.load()}; }
  bool isUsable() const { return !folder_.empty(); }

private:
  ContentHash keyOf(const FrontEnd &run, const UnitState &unit,
                    const std::vector<std::string> &changedFiles) const;
  std::optional<UnitFacts> find(const ContentHash &key, FrontEnd &run, const UnitState &unit);
  bool isCurrent(const FileReads &reads, FrontEnd &run, const UnitState &unit);
  std::optional<ContentHash> hashOnDisk(const std::string &path);
  void store(const CachedFacts &cached);
  std::string pathOf(const ContentHash &key) const;

  std::string folder_;
  const uint64_t sizeLimit_;
  const ContentHash program_;
  std::atomic<size_t> hits_ = 0, misses_ = 0;
  /// Files that were hashed in this run; nullopt: not there. Guarded by mutex_.
  FileReads onDisk_;
  std::mutex mutex_;
};

/// The user's folder for such things: `$XDG_CACHE_HOME/suture`, else `~/.cache/suture`; "" where
/// neither variable has an absolute path.
std::string defaultCacheFolder();

} // namespace suture::builder

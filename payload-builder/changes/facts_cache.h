// SPDX-License-Identifier: Apache-2.0
#pragma once
// Facts of base units from one run to the next.

#include "payload-builder/changes/facts_format.h"
#include "payload-builder/changes/unit_facts.h"
#include "payload-builder/support/cache_folder.h"
#include "payload-builder/support/disk_files.h"
#include "payload-builder/support/unit.h"

#include <atomic>
#include <optional>
#include <string>
#include <vector>

namespace suture::builder {

/// Keeps what parses of base units found, one entry a unit. It never changes an outcome: what
/// cannot be used is as good as not there. Thread-safe.
class FactsCache final {
public:
  /// Both outlive it.
  FactsCache(const CacheFolder &folder, DiskFiles &disk);
  FactsCache(const FactsCache &) = delete;
  FactsCache &operator=(const FactsCache &) = delete;

  /// The facts of a unit's base state: from the cache if all that was read for them is still the
  /// same, else by a parse whose facts are kept. Errors: as readUnitFacts().
  llvm::Expected<UnitFacts> read(const UnitState &unit,
                                 const std::vector<std::string> &changedFiles,
                                 UnusedFunctions *functions = nullptr);

  CacheUse use() const { return {hits_.load(), misses_.load()}; }

private:
  ContentHash keyOf(const FrontEnd &run, const UnitState &unit,
                    const std::vector<std::string> &changedFiles) const;
  std::optional<UnitFacts> find(const ContentHash &key, FrontEnd &run, const UnitState &unit);
  bool isCurrent(const FileReads &reads, FrontEnd &run, const UnitState &unit);

  const CacheFolder &folder_;
  DiskFiles &disk_;
  const ContentHash program_;
  std::atomic<size_t> hits_ = 0, misses_ = 0;
};

} // namespace suture::builder

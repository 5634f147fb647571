// SPDX-License-Identifier: Apache-2.0
#pragma once
// Objects of base units from one run to the next.

#include "payload-builder/objects/compile_unit.h"
#include "payload-builder/support/cache_folder.h"
#include "payload-builder/support/disk_files.h"

#include <atomic>
#include <llvm/Support/Error.h>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace suture::builder {

/// Keeps what compilations of the tree on disk gave, one entry a unit. It never changes an outcome:
/// what cannot be used is as good as not there. Thread-safe.
class ObjectCache final {
public:
  /// Both outlive it.
  ObjectCache(const CacheFolder &folder, DiskFiles &disk) : folder_(folder), disk_(disk) {}
  ObjectCache(const ObjectCache &) = delete;
  ObjectCache &operator=(const ObjectCache &) = delete;

  /// The object of a unit: from the cache if all that it was made of and with is still the same,
  /// else by a compilation. \param request  of the tree on disk. Errors: as compileToElf().
  llvm::Expected<ElfFile> compile(const CompileRequest &request);

  CacheUse use() const { return {hits_.load(), misses_.load()}; }

private:
  std::optional<ContentHash> keyOf(const CompileRequest &request);
  std::string compilerIdentity(const CompileCommand &command);
  std::vector<std::string> namesFoundFirst(const CompileRequest &request,
                                           const std::vector<std::string> &inputs);
  std::optional<std::string> find(const ContentHash &key, const CompileRequest &request);
  void store(const ContentHash &key, const CompileRequest &request, const CompiledObject &object);
  bool dependsOnTime(const std::string &input);

  const CacheFolder &folder_;
  DiskFiles &disk_;
  std::atomic<size_t> hits_ = 0, misses_ = 0;
  std::mutex mutex_;
  /// Guarded by mutex_: by program, folder and whether it assembles by itself; by path.
  std::map<std::tuple<std::string, std::string, bool>, std::string> compilers_;
  std::map<std::string, bool> timed_;
};

} // namespace suture::builder

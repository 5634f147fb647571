// SPDX-License-Identifier: Apache-2.0
#pragma once
// The builder from end to end.

#include "payload-builder/diff/read_diff.h"
#include "payload-builder/link/link_payload.h"
#include "payload-builder/plan/plan.h"
#include "payload-builder/support/cache_folder.h"
#include "payload-builder/support/change_set.h"
#include "payload-builder/support/refusal.h"
#include "payload-builder/support/unit.h"

#include <cstdint>
#include <functional>
#include <llvm/Support/Error.h>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace suture::builder {

/// Hand-written sources in place of a diff.
struct Replacement {
  std::vector<std::string> sources;
  std::string compiler;
  std::vector<std::string> flags;
};

/// How far a build is. all = 0: the stage has no steps.
struct Progress {
  Stage stage;
  size_t done = 0, all = 0;
};

struct BuildRequest {
  /// The target's source tree.
  std::string sourceRoot;
  /// The target's unstripped ELF.
  std::string imagePath;
  /// compile_commands.json; "": `.NAME.o.cmd` files below sourceRoot.
  std::string compileCommandsPath;
  /// The diffs, in order, and texts that stand in for files on disk (readDiff()).
  std::vector<DiffText> patches;
  std::map<std::string, FileText> originals;
  /// Sources in place of diffs; where there are any, patches is empty.
  Replacement replacement;
  /// Payload files under this one, in any order; those that they depend on in turn are looked for
  /// beside them.
  std::vector<std::string> lowerPaths;
  /// For `.modinfo`.
  std::string payloadName;
  /// Stop after this stage and give its dump.
  std::optional<Stage> dumpStage;
  /// Where facts and objects of base units are kept from one run to the next (facts_cache.h,
  /// object_cache.h); "": nowhere.
  std::string cacheFolder;
  /// Called as each stage starts, and while it goes on where it has steps; may be empty. From any
  /// thread, never twice at a time.
  std::function<void(const Progress &)> progress;
};

enum class BuildOutcome { Built, NothingToPatch, Refused, Dumped };

/// What a stage took.
struct StageTime {
  Stage stage;
  double seconds = 0;
  /// Of all processors, the compilers' that ended in it included.
  double cpuSeconds = 0;
  /// Most memory that this process had; 0 where the kernel does not say.
  uint64_t peakBytes = 0;
};

struct BuildResult {
  BuildOutcome outcome = BuildOutcome::Refused;
  /// The payload and its build-id; of Built.
  LinkResult link;
  /// Functions, notes; of Built.
  Plan plan;
  std::vector<DismissedUnit> dismissed;
  std::vector<LayoutChange> layouts;
  std::vector<Refusal> refusals;
  /// Addresses of the payload's that the target may keep.
  std::vector<Escape> escapes;
  std::vector<StageTime> times;
  /// Processor time of the target's compiler, and of Clang's parses.
  double compilerSeconds = 0, parserSeconds = 0;
  /// Most memory that one compiler had.
  uint64_t compilerPeakBytes = 0;
  /// Parses of base units, and compilations of them.
  CacheUse cache, objectCache;
  /// Of Dumped.
  std::string dump;
};

/// Runs all stages: a diff in, a proven payload out. Refusals of one stage are all reported; the
/// next stage runs only without any. The source tree is never written to, temporary files are gone
/// when it returns.
/// Errors: bad input; each stage's own.
llvm::Expected<BuildResult> buildPayload(const BuildRequest &request);

} // namespace suture::builder

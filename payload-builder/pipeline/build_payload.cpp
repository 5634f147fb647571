// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/pipeline/build_payload.h"

#include "payload-builder/changes/facts_cache.h"
#include "payload-builder/changes/find_changes.h"
#include "payload-builder/changes/reader_escapes.h"
#include "payload-builder/generated/select_units.h"
#include "payload-builder/objects/compare_assembly.h"
#include "payload-builder/objects/compare_objects.h"
#include "payload-builder/objects/object_cache.h"
#include "payload-builder/objects/renumber.h"
#include "payload-builder/objects/unit_compiler.h"
#include "payload-builder/pipeline/all_units.h"
#include "payload-builder/pipeline/lower_stack.h"
#include "payload-builder/plan/addresses_taken.h"
#include "payload-builder/plan/make_plan.h"
#include "payload-builder/replacement/compile_replacement.h"
#include "payload-builder/replacement/plan_replacements.h"
#include "payload-builder/report/report.h"
#include "payload-builder/support/cache_folder.h"
#include "payload-builder/support/disk_files.h"
#include "payload-builder/support/files_read.h"
#include "payload-builder/support/resource_use.h"
#include "payload-builder/support/target_image.h"
#include "payload-builder/verify/reproduce.h"
#include "payload-builder/verify/verify_load.h"

#include <chrono>
#include <elf.h>
#include <future>
#include <map>
#include <set>
#include <utility>

namespace suture::builder {

namespace {

/// Units that are compiled before it is known whether they change in meaning.
constexpr size_t compiledAhead = 4;

/// Runs stages one after another until one of them ends the build.
class Pipeline final {
public:
  explicit Pipeline(const BuildRequest &request)
      : request_(request), cache_({.folder = request.cacheFolder}), objectCache_(cache_, disk_) {}

  llvm::Expected<BuildResult> run() {
    if (llvm::Error error = runStages())
      return error;
    endStage();
    cache_.trim();
    result_.objectCache = objectCache_.use();
    result_.compilerSeconds = compilersUse().cpuSeconds;
    result_.compilerPeakBytes = compilersUse().peakBytes;
    sortRefusals(result_.refusals);
    return std::move(result_);
  }

private:
  /// The table of contents. Each step returns true when the build goes on.
  llvm::Error runStages() {
    using Step = llvm::Expected<bool> (Pipeline::*)();
    const std::vector<Step> fromDiff = {&Pipeline::openTarget,  &Pipeline::readDiffs,
                                        &Pipeline::selectUnits, &Pipeline::compareMeaning,
                                        &Pipeline::compareCode, &Pipeline::plan,
                                        &Pipeline::link,        &Pipeline::verify};
    const std::vector<Step> fromReplacement = {&Pipeline::openTarget, &Pipeline::compileSources,
                                               &Pipeline::planSources, &Pipeline::link,
                                               &Pipeline::verify};
    for (const Step step : request_.replacement.sources.empty() ? fromDiff : fromReplacement) {
      auto goOn = (this->*step)();
      if (!goOn)
        return goOn.takeError();
      if (!*goOn)
        return llvm::Error::success();
    }
    result_.outcome = BuildOutcome::Built;
    return llvm::Error::success();
  }

  void startStage(Stage stage) {
    endStage();
    if (request_.progress)
      request_.progress({stage});
    resetPeakMemory();
    result_.times.push_back({.stage = stage});
    started_ = Clock::now();
    cpuStarted_ = ownCpuSeconds() + compilersUse().cpuSeconds;
  }

  void endStage() {
    if (result_.times.empty() || result_.times.back().seconds > 0)
      return;
    StageTime &time = result_.times.back();
    time.seconds = std::chrono::duration<double>(Clock::now() - started_).count();
    time.cpuSeconds = ownCpuSeconds() + compilersUse().cpuSeconds - cpuStarted_;
    time.peakBytes = peakMemory();
  }

  /// Ends the build where the stage was to be dumped or refused something.
  template <typename T>
  bool finishStage(Stage stage, const T &value, std::vector<Refusal> refusals) {
    std::ranges::move(refusals, std::back_inserter(result_.refusals));
    if (request_.dumpStage == stage) {
      result_.outcome = BuildOutcome::Dumped;
      result_.dump = dump(value);
      return false;
    }
    if (!result_.refusals.empty()) {
      result_.outcome = BuildOutcome::Refused;
      return false;
    }
    return true;
  }

  /// For a stage that has steps.
  std::function<void(size_t, size_t)> stepsOf(Stage stage) const {
    if (!request_.progress)
      return {};
    return [this, stage](size_t done, size_t all) { request_.progress({stage, done, all}); };
  }

  bool nothingToPatch() {
    result_.outcome = BuildOutcome::NothingToPatch;
    return false;
  }

  llvm::Expected<bool> openTarget() {
    auto image = TargetImage::open(request_.imagePath);
    if (!image)
      return image.takeError();
    image_.emplace(std::move(*image));
    auto lowers = readLowerStack(*image_, request_.lowerPaths);
    if (!lowers)
      return lowers.takeError();
    lowers_ = std::move(lowers->payloads);
    result_.refusals = std::move(lowers->refusals);
    return result_.refusals.empty();
  }

  llvm::Expected<bool> readDiffs() {
    startStage(Stage::Diff);
    DiffRequest request{.root = request_.sourceRoot,
                        .lowerDiffs = {},
                        .patches = request_.patches,
                        .originals = request_.originals};
    for (const PayloadFile &lower : lowers_)
      if (const auto diff = lower.diff())
        request.lowerDiffs.push_back({lower.file().path(), *diff});
    auto diff = readDiff(request);
    if (!diff)
      return diff.takeError();
    diff_ = std::move(*diff);
    diff_.tree.filesRead = std::make_shared<FilesRead>();
    return finishStage(Stage::Diff, diff_, diff_.refusals);
  }

  llvm::Expected<bool> selectUnits() {
    startStage(Stage::Units);
    auto units = suture::builder::selectUnits(diff_.tree, compileCommands());
    if (!units)
      return units.takeError();
    units_ = std::move(*units);
    if (llvm::Error error = judgeAssembly())
      return error;
    result_.dismissed = units_.dismissed;
    if (!finishStage(Stage::Units, units_, units_.refusals))
      return false;
    return !units_.units.empty() || nothingToPatch();
  }

  /// Of assembly only the assembler knows whether it changes.
  llvm::Error judgeAssembly() {
    if (units_.assembly.empty())
      return llvm::Error::success();
    if (llvm::Error error = needCompiler())
      return error;
    auto verdicts = compareAssembly(*compiler_, units_.assembly);
    if (!verdicts)
      return verdicts.takeError();
    for (size_t i = 0; i < verdicts->size(); ++i) {
      const Unit &unit = units_.assembly[i];
      const auto inC = std::ranges::find_if(units_.units, [&](const Unit &other) {
        return other.source == unit.source && other.command.output == unit.command.output;
      });
      std::optional<Refusal> &refusal = (*verdicts)[i];
      if (!refusal) {
        units_.dismissed.push_back({unit.source, "it assembles to the same code"});
        if (inC != units_.units.end())
          units_.units.erase(inC);
      } else if (inC == units_.units.end()) {
        units_.refusals.push_back(std::move(*refusal));
      } else {
        unlessExplained_.emplace(unit.source, std::move(*refusal));
      }
    }
    return llvm::Error::success();
  }

  /// Units that differ for the assembler, and in no meaning of their C.
  void refuseWhatTheAssemblerChanges() {
    for (const UnitChanges &unit : changes_.units)
      unlessExplained_.erase(unit.unit.source);
    for (auto &[source, refusal] : unlessExplained_)
      changes_.refusals.push_back(std::move(refusal));
  }

  llvm::Error needCompiler() {
    if (compiler_)
      return llvm::Error::success();
    auto compiler = makeCompiler(/*reuseBuild=*/true);
    if (!compiler)
      return compiler.takeError();
    compiler_.emplace(std::move(*compiler));
    return llvm::Error::success();
  }

  llvm::Expected<bool> compareMeaning() {
    startStage(Stage::Changes);
    if (llvm::Error error = needCompiler())
      return error;
    // A fix that few units see will need most of them: the compilers run beside the parser.
    std::future<void> ahead;
    if (units_.units.size() <= compiledAhead)
      ahead = std::async(std::launch::async, [&] { compiler_->prepare(units_.units); });
    FactsCache cache(cache_, disk_);
    auto changes = findChanges(
        diff_.tree, units_.units,
        {.cache = &cache,
         .progress = stepsOf(Stage::Changes),
         .givesBuiltObject = [&](auto units,
                                 auto &done) { return compiler_->givesBuiltObject(units, done); },
         .manyUnits = compiledAhead});
    if (ahead.valid())
      ahead.wait();
    result_.cache = cache.use();
    if (!changes)
      return changes.takeError();
    changes_ = std::move(*changes);
    refuseWhatTheAssemblerChanges();
    result_.layouts = changes_.layouts;
    result_.parserSeconds += changes_.parserSeconds;
    result_.dismissed.insert(result_.dismissed.end(), changes_.dismissed.begin(),
                             changes_.dismissed.end());
    if (!finishStage(Stage::Changes, changes_, changes_.refusals))
      return false;
    return !changes_.units.empty() || nothingToPatch();
  }

  CompileCommandSource compileCommands() const {
    std::set<std::string> files;
    for (const ElfSymbol &symbol : image_->file().symbols())
      if (symbol.type == STT_FILE)
        files.emplace(symbol.name);
    return {.jsonPath = request_.compileCommandsPath, .targetFiles = std::move(files)};
  }

  llvm::Expected<UnitCompiler> makeCompiler(bool reuseBuild) {
    return UnitCompiler::create({.tree = diff_.tree,
                                 .baseTexts = renumberedTexts(diff_.tree, TreeState::Base),
                                 .patchedTexts = renumberedTexts(diff_.tree, TreeState::Patched),
                                 .reuseBuild = reuseBuild,
                                 .cache = reuseBuild ? &objectCache_ : nullptr});
  }

  llvm::Expected<ObjectsResult> compareObjectsWith(UnitCompiler &compiler) const {
    return compareObjects(
        {.tree = diff_.tree, .changes = changes_, .compiler = compiler, .allUnits = [&] {
           return allUnits(diff_.tree, compileCommands());
         }});
  }

  llvm::Expected<bool> compareCode() {
    startStage(Stage::Objects);
    auto objects = compareObjectsWith(*compiler_);
    if (!objects)
      return objects.takeError();
    if (!objects->refusals.empty()) {
      // An object of the build, or of an earlier run, may be of other source than it seems: look
      // again without.
      auto compiler = makeCompiler(/*reuseBuild=*/false);
      if (!compiler)
        return compiler.takeError();
      objects = compareObjectsWith(*compiler);
      if (!objects)
        return objects.takeError();
    }
    objects_ = std::move(*objects);
    // A unit that does not change itself may turn out to refer to what does.
    for (const UnitObjects &unit : objects_.units)
      std::erase_if(result_.dismissed, [&](const DismissedUnit &dismissed) {
        return dismissed.source == unit.changes.unit.source;
      });
    result_.dismissed.insert(result_.dismissed.end(), objects_.dismissed.begin(),
                             objects_.dismissed.end());
    if (llvm::Error error = findEscapesOfReaders())
      return error;
    if (!finishStage(Stage::Objects, objects_, objects_.refusals))
      return false;
    return !objects_.units.empty() || nothingToPatch();
  }

  /// Units that refer to constants that change elsewhere were not asked what they do with them.
  llvm::Error findEscapesOfReaders() {
    for (UnitObjects &unit : objects_.units) {
      if (unit.readConstants.empty())
        continue;
      auto escapes = findReaderEscapes(diff_.tree, unit.changes.unit, unit.readConstants);
      if (!escapes)
        return escapes.takeError();
      std::ranges::move(*escapes, std::back_inserter(unit.changes.escapes));
    }
    return llvm::Error::success();
  }

  llvm::Expected<bool> plan() {
    startStage(Stage::Plan);
    result_.plan = makePlan({.image = *image_,
                             .objects = objects_,
                             .lowers = lowers_,
                             .payloadName = request_.payloadName});
    addNotesAndEscapes();
    if (!finishStage(Stage::Plan, result_.plan, result_.plan.refusals))
      return false;
    return !result_.plan.functions.empty() || nothingToPatch();
  }

  /// Notes, and escapes: a payload that the target may go on pointing into must stay loaded.
  void addNotesAndEscapes() {
    std::set<Escape> escapes;
    std::set<std::string> notes(result_.plan.notes.begin(), result_.plan.notes.end());
    notes.insert(objects_.notes.begin(), objects_.notes.end());
    for (const UnitObjects &unit : objects_.units) {
      escapes.insert(unit.changes.escapes.begin(), unit.changes.escapes.end());
      notes.insert(unit.changes.notes.begin(), unit.changes.notes.end());
    }
    result_.plan.notes.assign(notes.begin(), notes.end());
    escapes.merge(addressesTaken(result_.plan, escapes));
    result_.escapes.assign(escapes.begin(), escapes.end());
    std::ranges::sort(result_.escapes, {}, &Escape::location);
    if (!escapes.empty())
      result_.plan.metadata.push_back({"unload", "no"});
  }

  llvm::Expected<bool> compileSources() {
    startStage(Stage::Objects);
    auto objects = compileReplacements({.sources = request_.replacement.sources,
                                        .compiler = request_.replacement.compiler,
                                        .flags = request_.replacement.flags});
    if (!objects)
      return objects.takeError();
    objects_ = std::move(*objects);
    return finishStage(Stage::Objects, objects_, objects_.refusals);
  }

  llvm::Expected<bool> planSources() {
    startStage(Stage::Plan);
    result_.plan = planReplacements({.image = *image_,
                                     .objects = objects_,
                                     .lowers = lowers_,
                                     .payloadName = request_.payloadName});
    return finishStage(Stage::Plan, result_.plan, result_.plan.refusals);
  }

  llvm::Expected<bool> link() {
    startStage(Stage::Link);
    result_.link = linkPayload(
        {.plan = result_.plan, .diff = diff_.tree.diffText, .report = payloadReport(result_.plan)});
    return finishStage(Stage::Link, result_.link, result_.link.refusals);
  }

  llvm::Expected<bool> verify() {
    startStage(Stage::Verify);
    auto refusals = reproduce({.image = *image_,
                               .objects = objects_,
                               .lowers = lowers_,
                               // Not called for hand-written source: that has no base.
                               .compileExactly = [&](const UnitObjects &unit) {
                                 return compiler_->compileBaseAsRecorded(unit.changes.unit);
                               }});
    if (!refusals)
      return refusals.takeError();
    auto payload = PayloadFile::fromBytes(result_.link.payload, request_.payloadName);
    if (!payload)
      return payload.takeError();
    std::ranges::move(verifyLoad({.image = *image_, .lowers = lowers_, .payload = *payload}),
                      std::back_inserter(*refusals));
    return finishStage(Stage::Verify, *refusals, *refusals);
  }

  static std::string dump(const std::vector<Refusal> &refusals) {
    std::string text = refusals.empty() ? "reproduced and loaded\n" : "";
    for (const Refusal &refusal : refusals)
      text += "refusal " + std::string(codeName(refusal.code)) + " " + toString(refusal);
    return text;
  }
  template <typename T> static std::string dump(const T &value) {
    return suture::builder::dump(value);
  }

  using Clock = std::chrono::steady_clock;

  const BuildRequest &request_;
  const CacheFolder cache_;
  DiskFiles disk_;
  ObjectCache objectCache_;
  BuildResult result_;
  Clock::time_point started_;
  double cpuStarted_ = 0;
  std::optional<TargetImage> image_;
  std::vector<PayloadFile> lowers_;
  DiffResult diff_;
  UnitsResult units_;
  /// Refusals of units whose code differs, by source: for those that turn out not to change in C.
  std::map<std::string, Refusal> unlessExplained_;
  ChangeSet changes_;
  std::optional<UnitCompiler> compiler_;
  ObjectsResult objects_;
};

} // namespace

llvm::Expected<BuildResult> buildPayload(const BuildRequest &request) {
  return Pipeline(request).run();
}

} // namespace suture::builder

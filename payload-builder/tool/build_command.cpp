// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/tool/build_command.h"

#include "payload-builder/diff/git_diff.h"
#include "payload-builder/pipeline/build_payload.h"
#include "payload-builder/report/report.h"
#include "payload-builder/support/cache_folder.h"
#include "payload-builder/support/payload_file.h"
#include "payload-builder/support/text_file.h"
#include "payload-builder/tool/output.h"
#include "payload-builder/tool/progress.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <memory>

namespace suture::builder {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

struct Options {
  std::vector<std::string> patches, depends, replacements, flags;
  std::string gitRange, source, image, compileCommands, output, name, dumpStage;
  std::string compiler = "gcc";
  std::string cache;
  bool staged = false, json = false, noCache = false;
};

constexpr std::pair<const char *, Stage> dumpStages[] = {
    {"diff", Stage::Diff},       {"units", Stage::Units}, {"changes", Stage::Changes},
    {"objects", Stage::Objects}, {"plan", Stage::Plan},   {"link", Stage::Link},
    {"verify", Stage::Verify}};

llvm::Error failure(const std::string &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), "%s", message.c_str());
}

/// The top of the git work tree that holds the current folder, else the current folder.
fs::path defaultSource() {
  std::error_code error;
  const fs::path here = fs::current_path(error);
  for (fs::path folder = here; !folder.empty(); folder = folder.parent_path()) {
    if (fs::exists(folder / ".git", error))
      return folder;
    if (folder == folder.root_path())
      break;
  }
  return here;
}

llvm::Error readPatches(const Options &options, BuildRequest &request) {
  for (const std::string &path : options.patches) {
    auto text = readFile(path);
    if (!text)
      return text.takeError();
    request.patches.push_back({path, std::move(*text)});
  }
  if (options.gitRange.empty() && !options.staged)
    return llvm::Error::success();
  auto diff = options.staged ? readGitStaged(request.sourceRoot)
                             : readGitRange(request.sourceRoot, options.gitRange);
  if (!diff)
    return diff.takeError();
  request.patches.push_back(std::move(diff->diff));
  request.originals = std::move(diff->originals);
  return llvm::Error::success();
}

/// The payload's name: of the output file, else of the first patch.
std::string payloadName(const Options &options) {
  if (!options.name.empty())
    return options.name;
  if (!options.output.empty())
    return fs::path(options.output).stem().string();
  for (const auto *inputs : {&options.patches, &options.replacements})
    if (!inputs->empty())
      return fs::path(inputs->front()).stem().string();
  return "payload";
}

llvm::Expected<BuildRequest> makeRequest(const Options &options) {
  BuildRequest request;
  std::error_code error;
  const fs::path source = options.source.empty() ? defaultSource() : fs::path(options.source);
  request.sourceRoot = fs::canonical(source, error).string();
  if (error)
    return llvm::createFileError(source.string(), error);
  request.imagePath = options.image;
  request.compileCommandsPath = options.compileCommands;
  const std::string beside = options.image + ".compile_commands.json";
  if (request.compileCommandsPath.empty() && fs::exists(beside, error))
    request.compileCommandsPath = beside;
  request.lowerPaths = options.depends;
  request.replacement = {
      .sources = options.replacements, .compiler = options.compiler, .flags = options.flags};
  request.payloadName = payloadName(options);
  if (!options.noCache) {
    request.cacheFolder =
        options.cache.empty() ? defaultCacheFolder() : fs::absolute(options.cache, error).string();
    if (error)
      return llvm::createFileError(options.cache, error);
  }
  if (llvm::Error failed = readPatches(options, request))
    return failed;
  for (const auto &[name, stage] : dumpStages)
    if (options.dumpStage == name)
      request.dumpStage = stage;
  return request;
}

/// A file appears whole or not at all.
llvm::Error writeOutput(const std::string &path, const std::string &bytes) {
  const std::string temporary = path + ".partial";
  if (llvm::Error error = writeFile(temporary, bytes))
    return error;
  std::error_code error;
  fs::rename(temporary, path, error);
  if (!error)
    return llvm::Error::success();
  std::error_code ignored; // The first error is the one to report.
  fs::remove(temporary, ignored);
  return llvm::createFileError(path, error);
}

std::string_view outcomeName(BuildOutcome outcome) {
  switch (outcome) {
  case BuildOutcome::Built:
    return "built";
  case BuildOutcome::NothingToPatch:
    return "nothing-to-patch";
  case BuildOutcome::Refused:
    return "refused";
  case BuildOutcome::Dumped:
    return "dumped";
  }
  return "";
}

Json useJson(const CacheUse &use) { return {{"hits", use.hits}, {"misses", use.misses}}; }

Json resultJson(const BuildResult &result, const std::string &output, double seconds) {
  Json stages = Json::object(), cpuSeconds = Json::object(), peakBytes = Json::object();
  for (const StageTime &time : result.times) {
    const std::string name(stageName(time.stage));
    stages[name] = time.seconds;
    cpuSeconds[name] = time.cpuSeconds;
    peakBytes[name] = time.peakBytes;
  }
  Json json = {{"outcome", outcomeName(result.outcome)},
               {"payload", nullptr},
               {"buildId", toHex(result.link.buildId)},
               {"depends", toHex(result.plan.depends)},
               {"xenDepends", toHex(result.plan.xenDepends)},
               {"functions", functionsJson(result.plan)},
               {"notes", result.plan.notes},
               {"dismissed", dismissedJson(result.dismissed)},
               {"layouts", layoutsJson(result.layouts)},
               {"refusals", refusalsJson(result.refusals)},
               {"warnings", warningsJson(result.escapes)},
               {"textSize", result.link.textSize},
               {"constantSize", result.link.constantSize},
               {"dataSize", result.link.dataSize},
               {"seconds", seconds},
               {"stages", stages},
               {"cpuSeconds", cpuSeconds},
               {"peakBytes", peakBytes},
               {"compilerSeconds", result.compilerSeconds},
               {"compilerPeakBytes", result.compilerPeakBytes},
               {"parserSeconds", result.parserSeconds},
               {"cache", useJson(result.cache)},
               {"objectCache", useJson(result.objectCache)}};
  if (result.outcome == BuildOutcome::Built)
    json["payload"] = output;
  return json;
}

std::string resultText(const BuildResult &result, const std::string &output, double seconds) {
  switch (result.outcome) {
  case BuildOutcome::Built:
    return fmt::format("{}: build-id {}\nreplaces {} function{}:\n{}{}"
                       "text {} bytes, constants {} bytes, data {} bytes; {:.2f} s\n",
                       output, toHex(result.link.buildId), result.plan.functions.size(),
                       result.plan.functions.size() == 1 ? "" : "s", functionsText(result.plan),
                       dismissedText(result.dismissed), result.link.textSize,
                       result.link.constantSize, result.link.dataSize, seconds);
  case BuildOutcome::NothingToPatch:
    return "nothing to patch: no code that runs in the target changes\n" +
           functionsText(result.plan) + dismissedText(result.dismissed);
  case BuildOutcome::Refused:
    return "";
  case BuildOutcome::Dumped:
    return result.dump;
  }
  return "";
}

ExitCode report(const BuildResult &result, const Options &options, const std::string &output,
                double seconds) {
  if (options.json && result.outcome != BuildOutcome::Dumped)
    printJson(resultJson(result, output, seconds));
  else
    printResult(resultText(result, output, seconds));
  if (result.outcome == BuildOutcome::Refused) {
    printDiagnostic(fmt::format("refused: {} reason{}\n", result.refusals.size(),
                                result.refusals.size() == 1 ? "" : "s"));
    printDiagnostic(layoutsText(result.layouts) + refusalsText(result.refusals));
  }
  if (result.outcome == BuildOutcome::Built)
    printDiagnostic(warningsText(result.escapes));
  switch (result.outcome) {
  case BuildOutcome::Built:
  case BuildOutcome::Dumped:
    return ExitCode::Done;
  case BuildOutcome::NothingToPatch:
  case BuildOutcome::Refused:
    return ExitCode::Refused;
  }
  return ExitCode::Failed;
}

llvm::Expected<BuildResult> build(BuildRequest &request, bool showsProgress) {
  if (!showsProgress)
    return buildPayload(request);
  ProgressLine line;
  request.progress = [&](const Progress &progress) { line.show(progress); };
  return buildPayload(request);
}

ExitCode run(const Options &options) {
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  auto request = makeRequest(options);
  if (!request)
    return reportError(request.takeError(), options.json);
  if (request->patches.empty() == request->replacement.sources.empty())
    return reportError(failure(request->patches.empty()
                                   ? "nothing to build from: give --patch, --git, --staged or "
                                     "--replacement"
                                   : "give a diff or --replacement, not both"),
                       options.json);
  auto result = build(*request, /*showsProgress=*/!options.json);
  if (!result)
    return reportError(result.takeError(), options.json);
  const std::string output =
      options.output.empty() ? request->payloadName + ".livepatch" : options.output;
  if (result->outcome == BuildOutcome::Built)
    if (llvm::Error error = writeOutput(output, result->link.payload))
      return reportError(std::move(error), options.json);
  return report(*result, options, output, elapsed());
}

} // namespace

void addBuildCommand(CLI::App &app, ExitCode &result) {
  const auto options = std::make_shared<Options>();
  CLI::App *command = app.add_subcommand("build", "Turn a diff into a payload");
  command->footer("The source tree is read, never written to. Examples:\n"
                  "  suture build --patch fix.diff --image hypervisor/suture-hv -o fix.livepatch\n"
                  "  suture build --git v1..v1-fixed --image xen/xen-syms -o fix.livepatch\n"
                  "  suture build --patch more.diff --depends fix.livepatch --image xen/xen-syms\n"
                  "  suture build --replacement debug.c --image xen-syms -o debug.livepatch\n"
                  "Exit status: 0 built, 1 failed, 2 usage, 3 refused or nothing to patch.");
  command->add_option("--patch", options->patches, "A diff, as git makes it; may be given again")
      ->type_name("FILE");
  command->add_option("--git", options->gitRange, "What changed from A to B")->type_name("A..B");
  command->add_flag("--staged", options->staged, "What is staged in the source tree");
  command
      ->add_option(
          "--replacement", options->replacements,
          "Hand-written source in place of a diff (see <suture/payload.h>); no source tree "
          "is needed")
      ->type_name("FILE");
  command->add_option("--compiler", options->compiler, "Compiler of --replacement")
      ->capture_default_str();
  command->add_option("--flag", options->flags, "A compiler flag more for --replacement")
      ->type_name("FLAG");
  command->add_option("--image", options->image, "The target's unstripped ELF")
      ->required()
      ->type_name("ELF");
  command
      ->add_option("--source", options->source,
                   "The target's source tree; by default the git work tree here")
      ->type_name("FOLDER");
  command
      ->add_option("--compile-commands", options->compileCommands,
                   "By default IMAGE.compile_commands.json, else .*.o.cmd files in the source tree")
      ->type_name("JSON");
  command
      ->add_option("--depends", options->depends,
                   "A payload that will lie under this one; may be given again")
      ->type_name("PAYLOAD");
  command->add_option("-o,--output", options->output, "Where to write the payload")
      ->type_name("FILE");
  command->add_option("--name", options->name, "The payload's name in its metadata");
  command
      ->add_option("--cache", options->cache,
                   "Where to keep what was read of the target's source, for the next build; by "
                   "default $XDG_CACHE_HOME/suture or ~/.cache/suture")
      ->type_name("FOLDER");
  command->add_flag("--no-cache", options->noCache, "Read all of it anew, and keep nothing");
  std::vector<std::string> stages;
  for (const auto &[name, stage] : dumpStages)
    stages.emplace_back(name);
  command->add_option("--dump-stage", options->dumpStage, "Show what a stage found, and stop")
      ->check(CLI::IsMember(stages));
  command->add_flag("--json", options->json, "Print the result as JSON");
  command->callback([options, &result] { result = run(*options); });
}

} // namespace suture::builder

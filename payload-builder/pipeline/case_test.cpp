// SPDX-License-Identifier: Apache-2.0
// Runs the cases below cases/ (case_file.h): makes the target from the base files with a real
// compiler and linker, builds the payload from the diff, and compares. A payload that comes out has
// been reproduced and loaded by then.
#include "payload-builder/pipeline/build_payload.h"
#include "payload-builder/pipeline/case_file.h"
#include "payload-builder/pipeline/case_target.h"
#include "payload-builder/support/demangle.h"
#include "payload-builder/support/payload_file.h"
#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <filesystem>
#include <gtest/gtest.h>

namespace suture::builder {
namespace {

namespace fs = std::filesystem;

constexpr const char *casesFolder = "payload-builder/pipeline/cases";

std::string outcomeText(const BuildResult &result) {
  switch (result.outcome) {
  case BuildOutcome::Built:
    return "built";
  case BuildOutcome::Refused:
    return "refused";
  case BuildOutcome::NothingToPatch:
    return "nothing-to-patch";
  case BuildOutcome::Dumped:
    return "dumped";
  }
  return "";
}

bool hasChunk(const Plan &plan, const std::string &name) {
  return std::ranges::any_of(plan.chunks, [&](const Chunk &chunk) {
    const std::string content(chunk.bytes.begin(), chunk.bytes.end());
    return chunk.description == name ||
           (chunk.role == ChunkRole::Constant && content == name + '\0');
  });
}

bool hasSymbol(const Plan &plan, const std::string &name) {
  return std::ranges::any_of(plan.symbols, [&](const BoundSymbol &symbol) {
    return symbol.name.substr(symbol.name.find('#') + 1) == name || demangle(symbol.name) == name;
  });
}

/// \param text  `N SECTION`.
std::string checkEntries(const Plan &plan, const std::string &text) {
  const size_t space = text.find(' ');
  const auto count = std::ranges::count(plan.chunks, text.substr(space + 1), &Chunk::description);
  return std::to_string(count) == text.substr(0, space)
             ? ""
             : "carries " + std::to_string(count) + ", not " + text;
}

/// \param text  `NAME HEX`.
std::string checkBytes(const Plan &plan, const std::string &text) {
  const size_t space = text.find(' ');
  const auto chunk = std::ranges::find(plan.chunks, text.substr(0, space), &Chunk::description);
  if (chunk == plan.chunks.end())
    return "does not carry " + text.substr(0, space);
  return toHex(chunk->bytes).find(text.substr(space + 1)) != std::string::npos
             ? ""
             : "other bytes: " + toHex(chunk->bytes);
}

std::string takeMatch(std::vector<std::string> &open, const std::string &start) {
  for (auto entry = open.begin(); entry != open.end(); ++entry)
    if (entry->starts_with(start)) {
      open.erase(entry);
      return "";
    }
  return "missing: " + start;
}

/// Checks one expectation; what is wrong, or "".
class Checker final {
public:
  explicit Checker(const BuildResult &result) : result_(result) {
    for (const PlannedFunction &function : result.plan.functions)
      replaced_.push_back(function.displayName + ": " + toString(function.why));
    for (const Refusal &refusal : result.refusals)
      refused_.push_back(std::string(codeName(refusal.code)) + " " + refusal.subject);
    for (const Escape &escape : result.escapes)
      escapes_.push_back(escape.subject + ": " + escape.how + " by " + escape.function);
  }

  std::string check(const Expectation &expectation) {
    const auto &[kind, text] = expectation;
    if (kind == "outcome")
      return outcomeText(result_) == text ? "" : "outcome is " + outcomeText(result_);
    if (kind == "replaced")
      return takeMatch(replaced_, text);
    if (kind == "refused")
      return takeMatch(refused_, text);
    if (kind == "escapes")
      return takeMatch(escapes_, text);
    if (kind == "dismissed")
      return checkDismissed(text);
    if (kind == "carries")
      return hasChunk(result_.plan, text) ? "" : "does not carry " + text;
    if (kind == "drops")
      return hasChunk(result_.plan, text) ? "carries " + text : "";
    if (kind == "needs")
      return hasSymbol(result_.plan, text) ? "" : "does not need " + text;
    if (kind == "not-needs")
      return hasSymbol(result_.plan, text) ? "needs " + text : "";
    if (kind == "entries")
      return checkEntries(result_.plan, text);
    if (kind == "bytes")
      return checkBytes(result_.plan, text);
    const bool found = std::ranges::any_of(result_.plan.notes, [&](const std::string &note) {
      return note.find(text) != std::string::npos;
    });
    return found ? "" : "no such note: " + text;
  }

  /// Functions, refusals and escapes that no expectation named.
  std::vector<std::string> unexpected() const {
    std::vector<std::string> all = replaced_;
    all.insert(all.end(), refused_.begin(), refused_.end());
    all.insert(all.end(), escapes_.begin(), escapes_.end());
    return all;
  }

private:
  std::string checkDismissed(const std::string &text) const {
    std::string all;
    for (const DismissedUnit &unit : result_.dismissed) {
      const std::string line = unit.source + ": " + unit.why;
      if (line.starts_with(text))
        return "";
      all += line + "\n";
    }
    return "not left out: " + text + "; left out are:\n" + all;
  }

  const BuildResult &result_;
  std::vector<std::string> replaced_, refused_, escapes_;
};

struct Parameter {
  std::string path, compiler;
};

std::vector<Parameter> discover() {
  std::vector<Parameter> result;
  for (const auto &entry : fs::directory_iterator(casesFolder)) {
    const CaseFile test =
        must(parseCase(entry.path().filename().string(), must(readFile(entry.path().string()))));
    for (const std::string &compiler : test.compilers)
      result.push_back({entry.path().string(), compiler});
  }
  std::ranges::sort(result, {}, [](const Parameter &p) { return std::pair(p.path, p.compiler); });
  return result;
}

void expectAll(const CaseFile &test, const BuildResult &result) {
  Checker checker(result);
  for (const Expectation &expectation : test.expectations)
    EXPECT_EQ(checker.check(expectation), "") << dump(result.plan);
  EXPECT_EQ(checker.unexpected(), std::vector<std::string>());
}

/// Functions that no case changes, for every unit: in units as small as the cases' most would
/// change, and an object that the build left is of use only where most does not.
std::string steadyFunctions() {
  std::string text = "#ifndef __ASSEMBLER__\n";
  for (int i = 0; i < 12; ++i)
    text += "static __attribute__((used)) int steady" + std::to_string(i) +
            "(int x) { return x / 7 * x + " + std::to_string(i) + "; }\n";
  return text + "#endif\n";
}

class Case : public testing::TestWithParam<Parameter> {};

TEST_P(Case, BuildsOrRefusesAsTheFileSays) {
  const auto &[path, compiler] = GetParam();
  CaseFile test = must(parseCase(fs::path(path).filename().string(), must(readFile(path))));
  const TempDir folder = must(TempDir::create());
  must(writeFile(folder.path() + "/steady.h", steadyFunctions()));
  test.flags.insert(test.flags.end(), {"-include", folder.path() + "/steady.h"});
  const CaseTarget target(test, compiler);
  BuildRequest request = target.request(target.diff(test));
  request.cacheFolder = target.folder() + "/cache";
  const BuildResult result = must(buildPayload(request));
  expectAll(test, result);
  BuildRequest withObjects = request;
  withObjects.compileCommandsPath = target.listingCommands();
  withObjects.cacheFolder.clear();
  const BuildResult ofObjects = must(buildPayload(withObjects));
  expectAll(test, ofObjects);
  EXPECT_EQ(ofObjects.link.payload, result.link.payload)
      << "the objects that the build left gave other bytes";
  if (result.outcome != BuildOutcome::Built)
    return;
  const BuildResult again = must(buildPayload(request));
  EXPECT_EQ(again.link.payload, result.link.payload) << "the same input gave other bytes";
  EXPECT_EQ(again.cache.misses, 0u) << "the cache of parses was of no use";
  EXPECT_EQ(again.objectCache.misses, 0u) << "the cache of objects was of no use";
}

INSTANTIATE_TEST_SUITE_P(Cases, Case, testing::ValuesIn(discover()), [](const auto &info) {
  std::string name = fs::path(info.param.path).filename().string() + "_" + info.param.compiler;
  std::ranges::replace_if(
      name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

} // namespace
} // namespace suture::builder

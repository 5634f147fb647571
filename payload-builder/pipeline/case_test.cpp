// SPDX-License-Identifier: Apache-2.0
// Runs the cases below cases/ (case_file.h): makes the target from the base files with a real
// compiler and linker, builds the payload from the diff, and compares. A payload that comes out has
// been reproduced and loaded by then.
#include "payload-builder/pipeline/build_payload.h"
#include "payload-builder/pipeline/case_file.h"
#include "payload-builder/support/demangle.h"
#include "payload-builder/support/process.h"
#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <filesystem>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>

namespace suture::builder {
namespace {

namespace fs = std::filesystem;

constexpr const char *casesFolder = "payload-builder/pipeline/cases";

const std::vector<std::string> commonFlags = {"-O2",
                                              "-ffreestanding",
                                              "-fPIE",
                                              "-fvisibility=hidden",
                                              "-fno-asynchronous-unwind-tables",
                                              "-fno-stack-protector",
                                              "-fcf-protection=none",
                                              "-mno-red-zone",
                                              "-mno-sse"};

/// Ends the test: what runs here is what built it, and cannot fail but for a mistake in the case.
template <typename T> T must(llvm::Expected<T> value) {
  if (!value)
    throw std::runtime_error(toString(value.takeError()));
  return std::move(*value);
}

void must(llvm::Error error) {
  if (error)
    throw std::runtime_error(toString(std::move(error)));
}

std::string run(std::vector<std::string> arguments, const std::string &folder, int allowed = 0) {
  const std::string program = arguments.front();
  const ProcessResult result = must(runProcess(
      {.arguments = std::move(arguments), .directory = folder, .environment = {"LC_ALL=C"}}));
  if (result.status != 0 && result.status != allowed)
    throw std::runtime_error(program + ": " + result.errors);
  return result.output;
}

void writeTree(const std::string &root, const std::map<std::string, std::string> &files) {
  for (const auto &[path, text] : files) {
    fs::create_directories(fs::path(root + "/" + path).parent_path());
    must(writeFile(root + "/" + path, text));
  }
}

/// A target in a temporary folder: its source in a/, image, commands.json; the patched source in
/// b/, so that git names the files of a diff as it does in a repository.
class Target final {
public:
  Target(const CaseFile &test, const std::string &compiler) : folder_(must(TempDir::create())) {
    writeTree(root(), test.base);
    nlohmann::json commands = nlohmann::json::array();
    std::vector<std::string> objects;
    for (const auto &[path, text] : test.base) {
      if (!path.ends_with(".c") && !path.ends_with(".cpp"))
        continue;
      const std::string object = folder_.path() + "/" + std::to_string(objects.size()) + ".o";
      const auto command = compile(test, compiler, path, object);
      run(command, root());
      objects.push_back(object);
      commands.push_back(
          {{"directory", "."}, {"file", path}, {"output", object}, {"arguments", command}});
    }
    must(writeFile(commandsPath(), commands.dump()));
    link(objects);
  }

  std::string root() const { return folder_.path() + "/a"; }
  std::string image() const { return folder_.path() + "/image"; }
  std::string commandsPath() const { return folder_.path() + "/commands.json"; }

  /// The fix as a diff, as git makes it.
  std::string diff(const CaseFile &test) const {
    const std::string after = folder_.path() + "/b";
    fs::create_directories(after);
    std::map<std::string, std::string> files = test.base;
    for (const auto &[path, text] : test.patched)
      if (text)
        files[path] = *text;
      else
        files.erase(path);
    writeTree(after, files);
    return run({"git", "diff", "--no-index", "--no-prefix", "a", "b"}, folder_.path(), 1);
  }

private:
  static std::vector<std::string> compile(const CaseFile &test, const std::string &compiler,
                                          const std::string &path, const std::string &object) {
    std::vector<std::string> command = {compiler == "clang" ? "clang-19" : compiler};
    command.insert(command.end(), commonFlags.begin(), commonFlags.end());
    if (path.ends_with(".cpp"))
      for (const char *flag :
           {"-std=c++23", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics"})
        command.emplace_back(flag);
    if (compiler == "clang")
      for (const char *flag :
           {"-fdirect-access-external-data", "-ffunction-sections", "-fdata-sections"})
        command.emplace_back(flag);
    command.insert(command.end(), test.flags.begin(), test.flags.end());
    command.insert(command.end(), {"-I.", "-c", path, "-o", object});
    return command;
  }

  void link(const std::vector<std::string> &objects) const {
    std::vector<std::string> command = {"ld.lld-19",
                                        "-static",
                                        "-nostdlib",
                                        "--build-id=sha1",
                                        "-e",
                                        "0",
                                        "--image-base=0xffffffff80200000",
                                        "-o",
                                        image()};
    command.insert(command.end(), objects.begin(), objects.end());
    run(command, folder_.path());
  }

  TempDir folder_;
};

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
  }

  std::string check(const Expectation &expectation) {
    const auto &[kind, text] = expectation;
    if (kind == "outcome")
      return outcomeText(result_) == text ? "" : "outcome is " + outcomeText(result_);
    if (kind == "replaced")
      return takeMatch(replaced_, text);
    if (kind == "refused")
      return takeMatch(refused_, text);
    if (kind == "carries")
      return hasChunk(result_.plan, text) ? "" : "does not carry " + text;
    if (kind == "drops")
      return hasChunk(result_.plan, text) ? "carries " + text : "";
    if (kind == "needs")
      return hasSymbol(result_.plan, text) ? "" : "does not need " + text;
    if (kind == "not-needs")
      return hasSymbol(result_.plan, text) ? "needs " + text : "";
    const bool found = std::ranges::any_of(result_.plan.notes, [&](const std::string &note) {
      return note.find(text) != std::string::npos;
    });
    return found ? "" : "no such note: " + text;
  }

  /// Functions and refusals that no expectation named.
  std::vector<std::string> unexpected() const {
    std::vector<std::string> all = replaced_;
    all.insert(all.end(), refused_.begin(), refused_.end());
    return all;
  }

private:
  const BuildResult &result_;
  std::vector<std::string> replaced_, refused_;
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

class Case : public testing::TestWithParam<Parameter> {};

TEST_P(Case, BuildsOrRefusesAsTheFileSays) {
  const auto &[path, compiler] = GetParam();
  const CaseFile test = must(parseCase(fs::path(path).filename().string(), must(readFile(path))));
  const Target target(test, compiler);
  BuildRequest request;
  request.sourceRoot = target.root();
  request.imagePath = target.image();
  request.compileCommandsPath = target.commandsPath();
  request.patches.push_back({"fix.diff", target.diff(test)});
  request.payloadName = "fix";
  const BuildResult result = must(buildPayload(request));
  Checker checker(result);
  for (const Expectation &expectation : test.expectations)
    EXPECT_EQ(checker.check(expectation), "") << dump(result.plan);
  EXPECT_EQ(checker.unexpected(), std::vector<std::string>());
  if (result.outcome != BuildOutcome::Built)
    return;
  EXPECT_EQ(must(buildPayload(request)).link.payload, result.link.payload)
      << "the same input gave other bytes";
}

INSTANTIATE_TEST_SUITE_P(Cases, Case, testing::ValuesIn(discover()), [](const auto &info) {
  std::string name = fs::path(info.param.path).filename().string() + "_" + info.param.compiler;
  std::ranges::replace_if(
      name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

} // namespace
} // namespace suture::builder

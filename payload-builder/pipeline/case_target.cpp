// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/pipeline/case_target.h"

#include "payload-builder/support/process.h"
#include "payload-builder/support/text_file.h"

#include <filesystem>
#include <nlohmann/json.hpp>

namespace suture::builder {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> commonFlags() {
  return {"-O2",
          "-ffreestanding",
          "-fPIE",
          "-fvisibility=hidden",
          "-fno-asynchronous-unwind-tables",
          "-fno-stack-protector",
          "-fcf-protection=none",
          "-mno-red-zone",
          "-mno-sse"};
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

std::vector<std::string> compileCommand(const CaseFile &test, const std::string &compiler,
                                        const std::string &path, const std::string &object) {
  std::vector<std::string> command = {compiler == "clang" ? "clang-19" : compiler};
  const auto add = [&](const std::vector<std::string> &flags) {
    command.insert(command.end(), flags.begin(), flags.end());
  };
  add(commonFlags());
  if (path.ends_with(".cpp"))
    add({"-std=c++23", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics"});
  if (compiler == "clang")
    add({"-fdirect-access-external-data", "-ffunction-sections", "-fdata-sections"});
  add(test.flags);
  add({"-I.", "-MMD", "-c", path, "-o", object});
  return command;
}

} // namespace

void must(llvm::Error error) {
  if (error)
    throw std::runtime_error(toString(std::move(error)));
}

CaseTarget::CaseTarget(const CaseFile &test, const std::string &compiler)
    : folder_(must(TempDir::create())) {
  writeTree(root(), test.base);
  writeTree(root(), test.built);
  for (const std::string &made : test.makeTargets)
    run({"make", "-s", made}, root());
  nlohmann::json commands = nlohmann::json::array(), listing = commands;
  std::vector<std::string> objects;
  for (const auto &[path, text] : test.base) {
    if (!path.ends_with(".c") && !path.ends_with(".cpp") && !path.ends_with(".S"))
      continue;
    const std::string object = folder_.path() + "/" + std::to_string(objects.size()) + ".o";
    auto command = compileCommand(test, compiler, path, object);
    run(command, root());
    objects.push_back(object);
    const auto add = [&](nlohmann::json &list) {
      list.push_back(
          {{"directory", "."}, {"file", path}, {"output", object}, {"arguments", command}});
    };
    add(listing);
    std::erase(command, "-MMD");
    add(commands);
  }
  must(writeFile(folder_.path() + "/commands.json", commands.dump()));
  must(writeFile(listingCommands(), listing.dump()));
  link(objects, test.linkFlags);
  for (const auto &[path, text] : test.built)
    must(writeFile(root() + "/" + path, test.base.at(path)));
}

void CaseTarget::link(const std::vector<std::string> &objects,
                      const std::vector<std::string> &flags) const {
  std::vector<std::string> command = {"ld.lld-19",
                                      "-static",
                                      "-nostdlib",
                                      "--build-id=sha1",
                                      "-e",
                                      "0",
                                      "--image-base=0xffffffff80200000",
                                      "-o",
                                      image()};
  command.insert(command.end(), flags.begin(), flags.end());
  command.insert(command.end(), objects.begin(), objects.end());
  run(command, folder_.path());
}

std::string CaseTarget::diff(const CaseFile &test) const {
  const std::string after = folder_.path() + "/b";
  fs::remove_all(after);
  // With what the build made: the fix says nothing of that.
  fs::copy(root(), after, fs::copy_options::recursive);
  std::map<std::string, std::string> files = test.base;
  for (const auto &[path, text] : test.patched)
    if (text) {
      files[path] = *text;
    } else {
      fs::remove(after + "/" + path);
      files.erase(path);
    }
  writeTree(after, files);
  return run({"git", "diff", "--no-index", "--no-prefix", "a", "b"}, folder_.path(), 1);
}

BuildRequest CaseTarget::request(const std::string &diff) const {
  BuildRequest request;
  request.sourceRoot = root();
  request.imagePath = image();
  request.compileCommandsPath = folder_.path() + "/commands.json";
  request.patches.push_back({"fix.diff", diff});
  request.payloadName = "fix";
  return request;
}

} // namespace suture::builder

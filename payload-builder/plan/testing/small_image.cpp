// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/plan/testing/small_image.h"

#include "payload-builder/support/process.h"
#include "payload-builder/support/text_file.h"

#include <filesystem>
#include <stdexcept>

namespace suture::builder {

// The tools are there, and the folder was just made: nothing below fails but by a test's mistake.

SmallImage::SmallImage(const std::map<std::string, std::string> &sources)
    : folder_(llvm::cantFail(TempDir::create())) {
  std::vector<std::string> command = {"ld.lld-19",
                                      "-static",
                                      "-nostdlib",
                                      "--build-id=sha1",
                                      "--image-base=0xffffffff80200000",
                                      "-e",
                                      "0",
                                      "-o",
                                      "image"};
  for (const auto &[path, text] : sources)
    command.push_back(makeObject(path, text));
  run(command);
  image_.emplace(llvm::cantFail(TargetImage::open(folder_.path() + "/image")));
}

void SmallImage::run(std::vector<std::string> arguments) const {
  const auto result = llvm::cantFail(runProcess(
      {.arguments = std::move(arguments), .directory = folder_.path(), .environment = {}}));
  if (result.status != 0)
    throw std::runtime_error(result.errors);
}

std::string SmallImage::makeObject(const std::string &path, const std::string &text) const {
  const std::string file = folder_.path() + "/" + path;
  std::filesystem::create_directories(std::filesystem::path(file).parent_path());
  llvm::cantFail(writeFile(file, text));
  run({"gcc", "-O2", "-fPIE", "-ffreestanding", "-fvisibility=hidden", "-fno-stack-protector",
       "-fno-asynchronous-unwind-tables", "-fcf-protection=none", "-mno-sse", "-c", path, "-o",
       path + ".o"});
  return path + ".o";
}

ObjectModel SmallImage::compile(const std::string &path, const std::string &text) const {
  const std::string object = folder_.path() + "/" + makeObject(path, text);
  return llvm::cantFail(ObjectModel::parse(llvm::cantFail(ElfFile::open(object))));
}

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/compile_unit.h"

#include "payload-builder/support/process.h"

#include <algorithm>
#include <atomic>
#include <filesystem>

namespace suture::builder {

namespace {

/// Flags that write or name files beside the object. Those with an argument take the next one.
/// (With -pipe the assembler waits beside the compiler, for a tenth more of processor time.)
constexpr std::string_view droppedFlags[] = {"-MD", "-MMD",        "-MP",        "-MG",  "-M",
                                             "-MM", "-save-temps", "--coverage", "-pipe"};
constexpr std::string_view droppedWithArgument[] = {
    "-o", "-MF", "-MT", "-MQ", "-MJ", "-dumpbase", "-dumpdir", "--serialize-diagnostics"};
constexpr std::string_view droppedPrefixes[] = {"-MF",    "-MT",          "-MQ",
                                                "-Wp,-M", "-save-temps=", "-fdiagnostics-color"};

bool isOneOf(std::string_view argument, std::span<const std::string_view> list) {
  return std::ranges::find(list, argument) != list.end();
}

std::vector<std::string> stripped(const std::vector<std::string> &arguments) {
  std::vector<std::string> result;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string &argument = arguments[i];
    if (isOneOf(argument, droppedWithArgument)) {
      ++i;
      continue;
    }
    const bool dropped =
        isOneOf(argument, droppedFlags) ||
        std::ranges::any_of(droppedPrefixes, [&](auto p) { return argument.starts_with(p); });
    if (!dropped)
      result.push_back(argument);
  }
  return result;
}

} // namespace

std::vector<std::string> compileArguments(const CompileRequest &request) {
  std::vector<std::string> arguments = stripped(request.command.arguments);
  if (request.tree != nullptr) {
    for (std::string &argument : arguments)
      argument = request.tree->translate(argument);
    arguments.push_back("-ffile-prefix-map=" + request.tree->path() + "=" + request.tree->root());
  }
  if (request.sections == CodeSections::Split)
    // Of the debug information what is inlined and the static locals are wanted (inlining.h,
    // static_locals.h), not where variables are, which takes a sixth of the compiler's time.
    for (const char *flag :
         {"-ffunction-sections", "-fdata-sections", "-g", "-gz=none", "-fno-var-tracking"})
      arguments.emplace_back(flag);
  // Warnings were the build's concern.
  arguments.emplace_back("-w");
  return arguments;
}

llvm::Expected<ElfFile> compileToElf(const CompileRequest &request) {
  static std::atomic<unsigned> serial = 0;
  const std::string output = request.outputFolder + "/" + std::to_string(serial++) + ".o";
  std::vector<std::string> arguments = compileArguments(request);
  arguments.insert(arguments.end(), {"-o", output});
  const std::string directory = request.tree != nullptr
                                    ? request.tree->translate(request.command.directory)
                                    : request.command.directory;
  auto result = runProcess({.arguments = arguments,
                            .directory = directory,
                            // Messages that are matched and shown are the untranslated ones.
                            .environment = {"LC_ALL=C", "TMPDIR=" + request.outputFolder}});
  if (!result)
    return result.takeError();
  if (result->status != 0) {
    const std::string message = request.tree != nullptr
                                    ? request.tree->untranslate(std::move(result->errors))
                                    : std::move(result->errors);
    return llvm::createStringError(llvm::inconvertibleErrorCode(), "%s does not compile (%s):\n%s",
                                   request.command.file.c_str(), arguments[0].c_str(),
                                   message.c_str());
  }
  auto file = ElfFile::open(output);
  std::error_code ignored; // The folder goes away in the end all the same.
  std::filesystem::remove(output, ignored);
  return file;
}

llvm::Expected<ObjectModel> compileUnit(const CompileRequest &request) {
  auto file = compileToElf(request);
  if (!file)
    return file.takeError();
  return ObjectModel::parse(std::move(*file));
}

} // namespace suture::builder

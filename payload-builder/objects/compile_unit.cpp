// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/compile_unit.h"

#include "payload-builder/support/process.h"
#include "payload-builder/support/text_file.h"
#include "payload-builder/units/cmd_file.h"
#include "payload-builder/units/compile_commands.h"
#include "payload-builder/units/predefined_macros.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <set>

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

std::string outputName(const CompileRequest &request) {
  static std::atomic<unsigned> serial = 0;
  return request.outputFolder + "/" + std::to_string(serial++) + ".o";
}

/// Has the compiler write an object.
llvm::Error makeObject(const CompileRequest &request, const std::string &output,
                       const std::vector<std::string> &more) {
  std::vector<std::string> arguments = compileArguments(request);
  arguments.insert(arguments.end(), more.begin(), more.end());
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
  return llvm::Error::success();
}

/// What `open` makes of the compiler's object, which does not stay.
template <typename Open>
auto runCompiler(const CompileRequest &request, const std::string &output,
                 const std::vector<std::string> &more, Open &&open) -> decltype(open(output)) {
  if (llvm::Error error = makeObject(request, output, more))
    return error;
  auto object = open(output);
  std::error_code ignored; // The folder goes away in the end all the same.
  std::filesystem::remove(output, ignored);
  return object;
}

/// A list of dependencies that a compiler writes; it goes with the object.
class ListFile final {
public:
  explicit ListFile(std::string path) : path_(std::move(path)) {}
  ListFile(const ListFile &) = delete;
  ListFile &operator=(const ListFile &) = delete;
  ~ListFile() {
    std::error_code ignored; // The folder goes away in the end all the same.
    std::filesystem::remove(path_, ignored);
  }

  const std::string &path() const { return path_; }

private:
  const std::string path_;
};

/// What lists of dependencies name; nullopt: one of them cannot be read. An assembler's list also
/// has what the compiler wrote for it, which is gone, and the source by the name that debug
/// information gives it, which need not be its path: what is not there is passed over.
std::optional<std::vector<std::string>> readLists(const CompileRequest &request,
                                                  std::initializer_list<const ListFile *> lists) {
  std::set<std::string> inputs;
  for (const ListFile *list : lists) {
    auto text = readFile(list->path());
    if (!text) {
      llvm::consumeError(text.takeError());
      return std::nullopt;
    }
    for (const std::string &input : parseDependencyFile(*text)) {
      std::string path = input.starts_with('/') ? input : request.command.directory + "/" + input;
      std::error_code error;
      if (std::filesystem::exists(path, error))
        inputs.insert(std::move(path));
    }
  }
  if (inputs.empty())
    return std::nullopt;
  return std::vector<std::string>(inputs.begin(), inputs.end());
}

bool isClang(const CompileCommand &command) {
  const auto &macros = predefinedMacros(command, languageOf(command.file).value_or(Language::C));
  return macros && macros->contains("__clang__");
}

/// Whether a text has assembly that may read another file.
bool leadsTheAssembler(const std::string &input) {
  auto text = readFile(input);
  if (text)
    return text->contains(".inc"); // .include, .incbin
  llvm::consumeError(text.takeError());
  return true;
}

} // namespace

std::vector<std::string> compileArguments(const CompileRequest &request) {
  std::vector<std::string> arguments = stripped(request.command.arguments);
  if (request.tree != nullptr) {
    for (std::string &argument : arguments)
      argument = request.tree->translate(argument);
    arguments.push_back("-ffile-prefix-map=" + request.tree->path() + "=" + request.tree->root());
  }
  if (request.sections == CodeSections::Split) {
    // Where variables are is not wanted, which takes a sixth of the compiler's time.
    for (const char *flag :
         {"-ffunction-sections", "-fdata-sections", "-gz=none", "-fno-var-tracking"})
      arguments.emplace_back(flag);
    // Clang's -g1 lacks the names of C++ functions.
    const bool isTerse =
        request.debugInformation == DebugInformation::Inlining && !isClang(request.command);
    arguments.emplace_back(isTerse ? "-g1" : "-g");
  }
  // Warnings were the build's concern.
  arguments.emplace_back("-w");
  return arguments;
}

llvm::Expected<ElfFile> compileToElf(const CompileRequest &request) {
  return runCompiler(request, outputName(request), {}, ElfFile::open);
}

llvm::Expected<std::string> compileToBytes(const CompileRequest &request) {
  return runCompiler(request, outputName(request), {}, readFile);
}

bool assemblesByItself(const CompileCommand &command) {
  return isClang(command) &&
         std::ranges::find(command.arguments, "-fno-integrated-as") == command.arguments.end();
}

llvm::Expected<CompiledObject> compileWithInputs(const CompileRequest &request) {
  const std::string output = outputName(request);
  const ListFile ofCompiler(output + ".d"), ofAssembler(output + ".as.d");
  const std::vector<std::string> listInputs = {"-MD", "-MF", ofCompiler.path()};
  std::vector<std::string> listAll = listInputs;
  listAll.push_back("-Wa,--MD," + ofAssembler.path());
  const bool canListAll = !assemblesByItself(request.command);
  auto object = runCompiler(request, output, canListAll ? listAll : listInputs, ElfFile::open);
  if (canListAll && object)
    return CompiledObject{std::move(*object), readLists(request, {&ofCompiler, &ofAssembler})};
  if (canListAll) {
    // Another assembler than GNU's.
    llvm::consumeError(object.takeError()); // If it was something else, it comes again.
    object = runCompiler(request, output, listInputs, ElfFile::open);
  }
  if (!object)
    return object.takeError();
  auto inputs = readLists(request, {&ofCompiler});
  if (inputs && std::ranges::any_of(*inputs, leadsTheAssembler))
    inputs.reset();
  return CompiledObject{std::move(*object), std::move(inputs)};
}

llvm::Expected<ObjectModel> compileUnit(const CompileRequest &request) {
  auto file = compileToElf(request);
  if (!file)
    return file.takeError();
  return ObjectModel::parse(std::move(*file));
}

} // namespace suture::builder

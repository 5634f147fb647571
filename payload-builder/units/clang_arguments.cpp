// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/clang_arguments.h"

#include "payload-builder/units/clang_compat.h"

#include <array>
#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringRef.h>

namespace suture::builder {
namespace {

// What gcc takes and Clang does not, tried on Xen 4.16 and 4.17 built by gcc 12. None of it has a
// bearing on what the source means.
constexpr std::array<llvm::StringLiteral, 22> GccOnlyPrefixes = {"-mindirect-branch",
                                                                 "-mfunction-return=",
                                                                 "-mskip-rax-setup",
                                                                 "-mmanual-endbr",
                                                                 "-mpreferred-stack-boundary",
                                                                 "-mrecord-mcount",
                                                                 "-mharden-sls=",
                                                                 "-fconserve-stack",
                                                                 "-fno-allow-store-data-races",
                                                                 "-fzero-call-used-regs",
                                                                 "-fplugin",
                                                                 "-fno-var-tracking",
                                                                 "-fvar-tracking",
                                                                 "-fno-ipa-",
                                                                 "-fipa-",
                                                                 "-fno-partial-inlining",
                                                                 "-fno-reorder-",
                                                                 "-fno-toplevel-reorder",
                                                                 "-falign-",
                                                                 "-fcondition-mismatch",
                                                                 "-fno-tree-",
                                                                 "-maccumulate-outgoing-args"};

// Outputs, dependency files and the assembler's options.
constexpr std::array<llvm::StringLiteral, 12> DroppedPrefixes = {"-Wa,",
                                                                 "-Werror",
                                                                 "-Wp,-M",
                                                                 "-g",
                                                                 "-save-temps",
                                                                 "-fdiagnostics",
                                                                 "-ftime-",
                                                                 "-fcrash-",
                                                                 "-pipe",
                                                                 "-fdebug-prefix-map",
                                                                 "-ffile-compilation-dir",
                                                                 "-fdebug-compilation-dir"};

constexpr std::array<llvm::StringLiteral, 5> DroppedWithValue = {"-o", "-MF", "-MT", "-MQ", "-MJ"};
constexpr std::array<llvm::StringLiteral, 6> Dropped = {"-c", "-MD", "-MMD", "-MP", "-MG", "-M"};

bool startsWithAny(llvm::StringRef argument, llvm::ArrayRef<llvm::StringLiteral> prefixes) {
  return llvm::any_of(prefixes,
                      [&](llvm::StringRef prefix) { return argument.starts_with(prefix); });
}

} // namespace

std::vector<std::string> clangArguments(const CompileCommand &command, Language language) {
  std::vector<std::string> result = {
      std::string(language == Language::Cxx ? ClangCxxDriver : ClangDriver)};
  for (size_t i = 1; i < command.arguments.size(); ++i) {
    llvm::StringRef argument = command.arguments[i];
    if (llvm::is_contained(DroppedWithValue, argument)) {
      ++i;
      continue;
    }
    if (argument == command.file || llvm::is_contained(Dropped, argument) ||
        startsWithAny(argument, GccOnlyPrefixes) || startsWithAny(argument, DroppedPrefixes))
      continue;
    if (argument.starts_with("-MF") || argument.starts_with("-MT") || argument.starts_with("-MQ"))
      continue;
    result.push_back(argument.str());
  }
  for (llvm::StringRef own : {"-w", "-Wno-error", "-resource-dir", ClangResourceDir.data()})
    result.push_back(own.str());
  // Assembly has no syntax that the front end could check; its preprocessed text is what is
  // compared.
  result.emplace_back(language == Language::Assembly ? "-E" : "-fsyntax-only");
  result.push_back(command.file);
  return result;
}

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
// A header that units read may be made by the build: from another header, by a script. Its text on
// disk is that of the base, and a payload made with it would lack what the fix changes there. The
// rule is the only witness:
//
//   cpuid-autogen.h: $(BASEDIR)/include/public/arch-x86/cpufeatureset.h
//   $(BASEDIR)/tools/gen-cpuid.py compat/%.c: public/%.h xlat.lst Makefile
//
// Rules are read as text, since make can only be asked with all the variables of its recursion. A
// variable that begins a path stands for any folder (but for those that kbuild sets to the build
// file's own), one inside a path for a part of a name. A
// pattern rule counts where it leads into another folder, with any extension: the steps between
// (`compat/%.h: compat/%.i`) are more rules of the same kind. `%.o: %.c` in one folder is how every
// object is made, and makes no header.
#include "payload-builder/units/build_rules.h"

#include <algorithm>
#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/Path.h>
#include <optional>

namespace suture::builder {
namespace {

namespace path = llvm::sys::path;

struct Line {
  std::string text;
  unsigned number = 0;
};

/// Lines without comments, continued ones joined, white space at the end dropped; no empty ones.
std::vector<Line> logicalLines(llvm::StringRef text) {
  std::vector<Line> lines;
  bool continues = false;
  unsigned number = 0;
  while (!text.empty()) {
    auto [line, rest] = text.split('\n');
    text = rest;
    ++number;
    line = line.rtrim();
    // In a recipe `#` is the shell's.
    if (!line.starts_with("\t"))
      line = line.split('#').first.rtrim();
    const bool more = line.consume_back("\\");
    if (continues)
      lines.back().text += " " + line.trim().str();
    else if (!line.empty())
      lines.push_back({line.str(), number});
    continues = more && !lines.empty();
  }
  return lines;
}

/// Stands for a variable inside a path.
constexpr char AnyName = '*';

/// A path of a rule: without a variable at its start, and whether there was one.
struct RulePath {
  std::string text;
  bool isAnywhere = false;
};

/// Variables that kbuild sets to the folder of the build file. None where the file sets one itself:
/// there they mean something else, or the file is kbuild's own, for all folders.
std::set<llvm::StringRef> ownFolderVariables(llvm::StringRef text) {
  const std::set<llvm::StringRef> names = {"obj", "src", "srcdir"};
  while (!text.empty()) {
    auto [line, rest] = text.split('\n');
    text = rest;
    const llvm::StringRef name = line.take_while([](char c) { return llvm::isAlnum(c); });
    if (names.contains(name) && line.drop_front(name.size()).ltrim(" :?+").starts_with("="))
      return {};
  }
  return names;
}

RulePath rulePath(llvm::StringRef word, const std::set<llvm::StringRef> &ownFolder) {
  RulePath result;
  if (word.starts_with("$(") || word.starts_with("${")) {
    const size_t end = word.find_first_of(")}");
    const bool isOwn = end != llvm::StringRef::npos && ownFolder.contains(word.slice(2, end));
    word = end == llvm::StringRef::npos ? "" : word.substr(end + 1);
    word.consume_front("/");
    result.isAnywhere = !isOwn;
  }
  word.consume_front("./");
  while (!word.empty()) {
    const size_t variable = std::min(word.find("$("), word.find("${"));
    result.text += word.substr(0, variable);
    if (variable == llvm::StringRef::npos)
      break;
    result.text += AnyName;
    const size_t end = word.find_first_of(")}", variable);
    word = end == llvm::StringRef::npos ? "" : word.substr(end + 1);
  }
  return result;
}

/// Whether a path is what a pattern stands for: AnyName is any part of one name.
bool isLike(llvm::StringRef pattern, llvm::StringRef path) {
  const size_t any = pattern.find(AnyName);
  if (any == llvm::StringRef::npos)
    return pattern == path;
  if (!path.consume_front(pattern.substr(0, any)))
    return false;
  for (size_t length = 0; length <= path.size(); ++length) {
    if (isLike(pattern.substr(any + 1), path.substr(length)))
      return true;
    if (length < path.size() && path[length] == '/')
      return false;
  }
  return false;
}

std::string below(llvm::StringRef folder, llvm::StringRef file) {
  return folder.empty() ? file.str() : (folder + "/" + file).str();
}

/// Whether a path ends in what a pattern stands for, from the start of a name on.
bool isSuffix(llvm::StringRef whole, llvm::StringRef suffix) {
  if (isLike(suffix, whole))
    return true;
  for (size_t slash = whole.find('/'); slash != llvm::StringRef::npos;
       slash = whole.find('/', slash + 1))
    if (isLike(suffix, whole.substr(slash + 1)))
      return true;
  return false;
}

/// The folder of a rule's path, from the root of the tree where that is known.
std::string folderOf(const RulePath &of) { return path::parent_path(of.text).str(); }

/// What `%` stands for where a path of a rule is a file; "" where the path has no `%` and is it.
std::optional<std::string> match(const RulePath &pattern, llvm::StringRef folder,
                                 llvm::StringRef file) {
  if (pattern.text.empty())
    return std::nullopt;
  const size_t percent = pattern.text.find('%');
  if (percent == std::string::npos) {
    const bool same = pattern.isAnywhere ? isSuffix(file, pattern.text)
                                         : isLike(below(folder, pattern.text), file);
    return same ? std::optional(std::string()) : std::nullopt;
  }
  const std::string before = pattern.text.substr(0, percent),
                    after = pattern.text.substr(percent + 1);
  if (!file.consume_back(after))
    return std::nullopt;
  if (!pattern.isAnywhere)
    return file.consume_front(below(folder, before)) ? std::optional(file.str()) : std::nullopt;
  const size_t start = before.empty() ? llvm::StringRef::npos : file.find(before);
  if (start == llvm::StringRef::npos)
    return std::nullopt;
  return file.substr(start + before.size()).str();
}

bool isMade(const std::string &target, bool isAnywhere, bool anyExtension,
            const std::string &file) {
  const auto bare = [&](llvm::StringRef name) {
    return anyExtension ? name.drop_back(path::extension(name).size()) : name;
  };
  // An object is made from a source of its name; only headers are read by units.
  if (anyExtension && path::extension(file) != ".h")
    return false;
  return isAnywhere ? isSuffix(bare(file), bare(target)) : isLike(bare(target), bare(file));
}

} // namespace

std::vector<MadeFile> findRules(const std::string &buildFile, llvm::StringRef text,
                                const std::string &source, const std::set<std::string> &files) {
  std::vector<MadeFile> made;
  const llvm::StringRef folder = path::parent_path(buildFile);
  const std::set<llvm::StringRef> ownFolder = ownFolderVariables(text);
  const auto addTarget = [&](RulePath target, const RulePath &from, const std::string &stem,
                             unsigned line) {
    const bool isPattern = !stem.empty();
    const size_t percent = target.text.find('%');
    if (isPattern && (folderOf(target) == folderOf(from) || percent == std::string::npos))
      return;
    if (isPattern)
      target.text.replace(percent, 1, stem);
    const std::string name = target.isAnywhere ? target.text : below(folder, target.text);
    for (const std::string &file : files)
      if (file != source && isMade(name, target.isAnywhere, isPattern, file))
        made.push_back({file, buildFile, line, target.isAnywhere});
  };
  for (const Line &line : logicalLines(text)) {
    const llvm::StringRef rule = line.text;
    const size_t colon = rule.find(':');
    if (rule.starts_with("\t") || colon == llvm::StringRef::npos ||
        rule.substr(colon).starts_with(":=") || rule.substr(colon).starts_with("::=") ||
        rule.substr(0, colon).contains('='))
      continue;
    llvm::SmallVector<llvm::StringRef> targets, sources;
    llvm::SplitString(rule.substr(0, colon), targets);
    llvm::SplitString(rule.substr(colon + 1), sources);
    for (const llvm::StringRef word : sources) {
      const RulePath from = rulePath(word, ownFolder);
      if (const auto stem = match(from, folder, source))
        for (const llvm::StringRef target : targets)
          addTarget(rulePath(target, ownFolder), from, *stem, line.number);
    }
  }
  return made;
}

bool isMakefile(llvm::StringRef name) {
  return name.starts_with("Makefile") || name.starts_with("Kbuild") || name.ends_with(".mk");
}

bool isBuildFile(llvm::StringRef name) {
  return isMakefile(name) || name == "BUILD" || name == "BUILD.bazel" || name == "WORKSPACE" ||
         name.ends_with(".bzl") || name == "CMakeLists.txt";
}

std::string logicalText(llvm::StringRef text) {
  std::string result;
  for (const Line &line : logicalLines(text))
    result += line.text + "\n";
  return result;
}

bool haveSameRules(llvm::StringRef base, llvm::StringRef patched) {
  return std::ranges::equal(logicalLines(base), logicalLines(patched), {}, &Line::text,
                            &Line::text);
}

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
// A header that units read may be made by the build: from another header, by a script. Its text on
// disk is that of the base, and a payload made with it would lack what the fix changes there. The
// rule is the only witness:
//
//   cpuid-autogen.h: $(BASEDIR)/include/public/arch-x86/cpufeatureset.h
//   $(BASEDIR)/tools/gen-cpuid.py compat/%.c: public/%.h xlat.lst Makefile
//
// Rules are read as text, since make can only be asked with all the variables of its recursion. A
// variable that begins a path stands for any folder. A pattern rule counts where it leads into
// another folder, with any extension: the steps between (`compat/%.h: compat/%.i`) are more rules
// of the same kind. `%.o: %.c` in one folder is how every object is made, and makes no header.
#include "payload-builder/units/build_rules.h"

#include <algorithm>
#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/Path.h>
#include <vector>

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

/// A path of a rule: without a variable at its start, and whether there was one.
struct RulePath {
  std::string text;
  bool isAnywhere = false;
};

RulePath rulePath(llvm::StringRef word) {
  RulePath result;
  if (word.starts_with("$(") || word.starts_with("${")) {
    const size_t end = word.find_first_of(")}");
    word = end == llvm::StringRef::npos ? "" : word.substr(end + 1);
    word.consume_front("/");
    result.isAnywhere = true;
  }
  word.consume_front("./");
  result.text = word.str();
  return result;
}

std::string below(llvm::StringRef folder, llvm::StringRef file) {
  return folder.empty() ? file.str() : (folder + "/" + file).str();
}

bool isSuffix(llvm::StringRef whole, llvm::StringRef suffix) {
  return whole == suffix ||
         (whole.ends_with(suffix) && whole[whole.size() - suffix.size() - 1] == '/');
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
    const bool same =
        pattern.isAnywhere ? isSuffix(file, pattern.text) : file == below(folder, pattern.text);
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
  return isAnywhere ? isSuffix(bare(file), bare(target)) : bare(file) == bare(target);
}

} // namespace

std::optional<MadeFile> findRule(const std::string &buildFile, llvm::StringRef text,
                                 const std::string &source, const std::set<std::string> &files) {
  const llvm::StringRef folder = path::parent_path(buildFile);
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
      const RulePath from = rulePath(word);
      const auto stem = match(from, folder, source);
      if (!stem)
        continue;
      for (const llvm::StringRef targetWord : targets) {
        RulePath target = rulePath(targetWord);
        const bool isPattern = !stem->empty();
        if (isPattern &&
            (folderOf(target) == folderOf(from) || target.text.find('%') == std::string::npos))
          continue;
        if (isPattern)
          target.text.replace(target.text.find('%'), 1, *stem);
        const std::string made = target.isAnywhere ? target.text : below(folder, target.text);
        for (const std::string &file : files)
          if (file != source && isMade(made, target.isAnywhere, isPattern, file))
            return MadeFile{file, buildFile, line.number};
      }
    }
  }
  return std::nullopt;
}

bool haveSameRules(llvm::StringRef base, llvm::StringRef patched) {
  return std::ranges::equal(logicalLines(base), logicalLines(patched), {}, &Line::text,
                            &Line::text);
}

} // namespace suture::builder

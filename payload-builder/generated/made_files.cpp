// SPDX-License-Identifier: Apache-2.0
// Two witnesses say what a build makes of a file. Rules in build files, read as text
// (build_rules.h), and dependency files of what is not an object:
//
//   .asm-offsets.s.d:   asm-offsets.s: arch/x86/x86_64/asm-offsets.c include/xen/sched.h ...
//   xen/Makefile:       include/asm-$(TARGET_ARCH)/asm-offsets.h: asm-offsets.s
//
// (newer kbuild-style trees have `.asm-macros.i.cmd` instead, cmd_file.h)
//
// so that sched.h leads to asm-offsets.s, and that to asm-offsets.h, which units read.
#include "payload-builder/generated/made_files.h"

#include "payload-builder/support/text_file.h"
#include "payload-builder/units/cmd_file.h"
#include "payload-builder/units/include_scan.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <llvm/ADT/StringRef.h>
#include <llvm/ADT/StringSet.h>
#include <utility>

namespace suture::builder {

namespace {

namespace fs = std::filesystem;

/// Longest way from a source to what units read.
constexpr size_t longestChain = 4;

/// Build files that may say how the build makes something in a folder.
constexpr std::array<const char *, 5> ruleFiles = {"Makefile", "Kbuild", "Rules.mk", "build.mk",
                                                   "GNUmakefile"};

std::string below(const std::string &folder, const std::string &name) {
  return folder.empty() ? name : folder + "/" + name;
}

} // namespace

MadeFiles::MadeFiles(const SourceTree &tree, const std::vector<RecordedCommand> &commands)
    : tree_(tree), paths_(tree.root) {
  readInputs(commands);
  made_ = inputs_;
  std::set<std::string> folders;
  for (const std::string &input : inputs_) {
    std::string folder = fs::path(input).parent_path().string();
    while (!input.starts_with("/") && folders.insert(folder).second && !folder.empty())
      folder = fs::path(folder).parent_path().string();
  }
  for (const std::string &folder : folders)
    readFolder(folder);
}

void MadeFiles::readInputs(const std::vector<RecordedCommand> &commands) {
  IncludeScan scan(tree_);
  // Most units read the same files, by the same names.
  llvm::StringSet<> seen;
  for (const RecordedCommand &recorded : commands) {
    if (recorded.command.inputs) {
      for (const std::string &input : *recorded.command.inputs)
        if (const std::string &directory = recorded.command.directory;
            seen.insert(input.starts_with("/") ? input : directory + "/" + input).second)
          inputs_.insert(pathInTree(tree_.root, paths_.of(directory, input)));
    } else if (const auto inputs = scan.inputs(recorded)) {
      for (const std::string &input : *inputs)
        inputs_.insert(pathInTree(tree_.root, input));
    }
  }
}

void MadeFiles::readFolder(const std::string &folder) {
  for (const char *name : ruleFiles) {
    auto text = readFile(below(below(tree_.root, folder), name));
    if (!text) {
      llvm::consumeError(text.takeError()); // No such build file.
      continue;
    }
    buildFiles_.emplace(below(folder, name), std::move(*text));
  }
  std::error_code error;
  const std::string full = below(tree_.root, folder);
  for (fs::directory_iterator it(full, error), end; !error && it != end; it.increment(error)) {
    const std::string file = it->path().filename().string();
    llvm::StringRef name = file;
    if (!name.consume_front(".") || (!name.consume_back(".d") && !name.consume_back(".cmd")) ||
        name.ends_with(".o") || !fs::exists(full + "/" + name.str()))
      continue;
    auto text = readFile(it->path().string());
    if (!text) {
      llvm::consumeError(text.takeError()); // Gone again.
      continue;
    }
    std::optional<CmdFile> cmd;
    if (file.ends_with(".d"))
      cmd = CmdFile{
          .directory = full, .target = "", .command = "", .inputs = parseDependencyFile(*text)};
    else
      cmd = parseCmdFile(it->path().string(), *text);
    if (!cmd || !cmd->inputs)
      continue;
    MadeFromHeaders made{below(folder, name.str()), {}};
    for (const std::string &input : *cmd->inputs)
      made.inputs.push_back(paths_.of(cmd->directory, input));
    made_.insert(made.file);
    madeFromHeaders_.push_back(std::move(made));
  }
  std::ranges::sort(madeFromHeaders_, {}, &MadeFromHeaders::file);
}

void MadeFiles::follow(const std::string &file, MadeChain chain,
                       std::vector<MadeChain> &found) const {
  if (chain.files.size() == longestChain)
    return;
  for (const auto &[buildFile, text] : buildFiles_)
    for (const MadeFile &rule : findRules(buildFile, text, file, made_)) {
      if (std::ranges::find(chain.files, rule.file) != chain.files.end())
        continue;
      MadeChain next = chain;
      next.files.push_back(rule.file);
      next.rule = rule;
      if (!inputs_.contains(rule.file))
        follow(rule.file, std::move(next), found);
      else if (std::ranges::find(found, rule.file, &MadeChain::file) == found.end())
        found.push_back(std::move(next));
    }
}

std::optional<MadeFile> MadeFiles::deadEndOf(const std::string &source) const {
  std::set<std::string> headers;
  std::error_code error;
  for (fs::recursive_directory_iterator it(tree_.root, error), end; !error && it != end;
       it.increment(error))
    if (it->path().extension() == ".h")
      if (std::string file = pathInTree(tree_.root, it->path().string()); !inputs_.contains(file))
        headers.insert(std::move(file));
  for (const auto &[buildFile, text] : buildFiles_)
    if (const auto rules = findRules(buildFile, text, source, headers); !rules.empty())
      return rules.front();
  return std::nullopt;
}

std::optional<std::string> MadeFiles::buildFileThatMentions(const std::string &name) const {
  const auto isNameChar = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  for (const auto &[file, text] : buildFiles_)
    for (size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1))
      if (at + name.size() == text.size() || !isNameChar(text[at + name.size()]))
        return file;
  return std::nullopt;
}

std::vector<MadeChain> MadeFiles::chainsFrom(const std::string &source) const {
  MadeChain chain;
  chain.source = source;
  // It is made itself, of headers: then it is to be made anew as well.
  if (made_.contains(source) && !inputs_.contains(source))
    chain.files.push_back(source);
  std::vector<MadeChain> found;
  follow(source, std::move(chain), found);
  return found;
}

} // namespace suture::builder

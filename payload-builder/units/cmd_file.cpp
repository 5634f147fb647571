// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/cmd_file.h"

//   cmd_x86_64/mm.o := gcc -MMD -MF x86_64/.mm.o.d ... -c x86_64/mm.c -o x86_64/.mm.o.tmp
//   source_x86_64/mm.o := x86_64/mm.c    (newer ones)
//   deps_x86_64/mm.o := \                (newer ones)
//     $(wildcard include/config/PV) \
//     include/xen/mm.h \
//
// The folder of the run is not said. It follows from the target's name, which counts from there:
// the .cmd lies in arch/x86/x86_64, the object is x86_64/mm.o, so the run was in arch/x86.
//
// From the list kbuild takes the header with all options, and names instead the options that the
// text asks for: a file that does ask has read that header.

#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Path.h>

namespace suture::builder {

namespace path = llvm::sys::path;

namespace {

constexpr const char *optionsHeader = "include/generated/autoconf.h";

std::vector<std::string> listedInputs(llvm::StringRef list) {
  std::vector<std::string> inputs;
  bool isOption = false, asksForOptions = false;
  for (std::string &word : parseDependencyFile("x: " + list.str() + "\n")) {
    if (!isOption && word != "$(wildcard")
      inputs.push_back(std::move(word));
    isOption = word == "$(wildcard";
    asksForOptions |= isOption;
  }
  if (asksForOptions)
    inputs.emplace_back(optionsHeader);
  return inputs;
}

} // namespace

std::optional<CmdFile> parseCmdFile(const std::string &cmdPath, std::string_view text) {
  CmdFile result;
  std::string source;
  for (llvm::StringRef rest = text; !rest.empty();) {
    auto [line, after] = rest.split('\n');
    llvm::StringRef current = line;
    if (current.consume_front("savedcmd_") || current.consume_front("cmd_")) {
      const auto [target, command] = current.split(" := ");
      result.target = target.str();
      result.command = command.str();
      // `cmd_` lines hold make text: `$$` is a dollar.
      for (size_t at = 0; (at = result.command.find("$$", at)) != std::string::npos; ++at)
        result.command.erase(at, 1);
      llvm::StringRef folder = path::parent_path(cmdPath);
      const llvm::StringRef below = path::parent_path(target);
      if (!below.empty() && folder.ends_with(("/" + below).str()))
        folder = folder.drop_back(below.size() + 1);
      result.directory = folder.str();
    } else if (current.starts_with("source_")) {
      source = current.split(" := ").second.str();
    } else if (current.starts_with("deps_")) {
      // Up to the next empty line.
      const llvm::StringRef first = current.split(" := ").second;
      result.inputs = listedInputs((first + "\n" + after.split("\n\n").first).str());
      if (!source.empty())
        result.inputs->insert(result.inputs->begin(), source);
    }
    rest = after;
  }
  if (result.directory.empty())
    return std::nullopt;
  return result;
}

std::vector<std::string> parseDependencyFile(std::string_view text) {
  std::vector<std::string> inputs;
  std::string word;
  bool prerequisites = false;
  auto endWord = [&] {
    if (word.ends_with(':'))
      prerequisites = true;
    else if (!word.empty() && prerequisites)
      inputs.push_back(word);
    word.clear();
  };
  for (size_t i = 0; i < text.size(); ++i) {
    char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] == '\\' && next == '\n') {
      endWord();
      ++i;
    } else if (text[i] == '\\' && (next == ' ' || next == '#')) {
      word += text[++i];
    } else if (text[i] == '$' && next == '$') {
      word += text[++i];
    } else if (text[i] == '\n') {
      endWord();
      prerequisites = false;
    } else if (text[i] == ' ' || text[i] == '\t' || text[i] == '\r') {
      endWord();
    } else {
      word += text[i];
    }
  }
  endWord();
  return inputs;
}

} // namespace suture::builder

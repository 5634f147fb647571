// SPDX-License-Identifier: Apache-2.0
// What a makefile means only make can tell, and a fix seldom changes one. Two kinds of lines are so
// common, and so plain, that their text is enough:
//
//   obj-y += cpu-policy.o          one more object; obj-$(CONFIG_X) where that option is set
//   lib-y += sha2-256.o            the same, for who uses it
//   export XEN_EXTRAVERSION ?= .4  the version that the product tells of itself
#include "payload-builder/generated/build_file_effect.h"

#include "payload-builder/diff/line_map.h"
#include "payload-builder/units/build_rules.h"

#include <algorithm>
#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringExtras.h>
#include <optional>

namespace suture::builder {

namespace {

/// Objects that a line adds to the folder's; none where it is not such a line. A list under an
/// option that is not set adds nothing.
std::optional<std::vector<std::string>> objectsOf(llvm::StringRef line,
                                                  const std::set<std::string> &options) {
  if (!line.consume_front("obj-") && !line.consume_front("lib-"))
    return std::nullopt;
  bool isSet = line.consume_front("y");
  if (!isSet) {
    if (!line.consume_front("$("))
      return std::nullopt;
    const auto [option, rest] = line.split(')');
    isSet = options.contains(option.str());
    line = rest;
  }
  line = line.ltrim();
  if (!line.consume_front("+=") && !line.consume_front(":=") && !line.consume_front("="))
    return std::nullopt;
  llvm::SmallVector<llvm::StringRef> words;
  llvm::SplitString(line, words);
  std::vector<std::string> objects;
  for (const llvm::StringRef word : words) {
    if (!word.ends_with(".o") || word.ends_with(".init.o") || word.contains('$') ||
        word.contains('/'))
      return std::nullopt;
    if (isSet)
      objects.push_back(word.str());
  }
  return objects;
}

bool setsVersion(llvm::StringRef line) {
  line.consume_front("export ");
  const llvm::StringRef name = line.ltrim().take_while(
      [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; });
  const llvm::StringRef rest = line.ltrim().drop_front(name.size()).ltrim();
  return name.ends_with("VERSION") &&
         (rest.starts_with("=") || rest.starts_with("?=") || rest.starts_with(":="));
}

std::vector<std::string> linesOf(llvm::StringRef text) {
  llvm::SmallVector<llvm::StringRef> lines;
  text.split(lines, '\n', -1, /*KeepEmpty=*/false);
  return {lines.begin(), lines.end()};
}

/// Takes equal entries out of both lists: a line that only moved.
void dropCommon(std::vector<std::string> &ours, std::vector<std::string> &theirs) {
  std::erase_if(ours, [&](const std::string &entry) {
    const auto other = std::ranges::find(theirs, entry);
    if (other == theirs.end())
      return false;
    theirs.erase(other);
    return true;
  });
}

} // namespace

BuildFileEffect effectOf(llvm::StringRef base, llvm::StringRef patched,
                         const std::set<std::string> &options) {
  BuildFileEffect effect;
  const std::string before = logicalText(base), after = logicalText(patched);
  const std::vector<std::string> beforeLines = linesOf(before), afterLines = linesOf(after);
  const auto take = [&](const std::string &line, bool isAdded) {
    if (const auto objects = objectsOf(line, options)) {
      auto &list = isAdded ? effect.added : effect.removed;
      list.insert(list.end(), objects->begin(), objects->end());
    } else if (setsVersion(line)) {
      if (isAdded)
        effect.versions.push_back(line);
    } else if (effect.other.empty()) {
      effect.other = (isAdded ? "+ " : "- ") + llvm::StringRef(line).trim().str();
    }
  };
  for (const ChangedLines &change : LineMap(before, after).changes()) {
    for (unsigned i = 0; i < change.baseCount; ++i)
      take(beforeLines[change.baseLine - 1 + i], /*isAdded=*/false);
    for (unsigned i = 0; i < change.patchedCount; ++i)
      take(afterLines[change.patchedLine - 1 + i], /*isAdded=*/true);
  }
  dropCommon(effect.added, effect.removed);
  return effect;
}

} // namespace suture::builder

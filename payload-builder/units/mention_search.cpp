// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/mention_search.h"

// Every word of every file that a unit reads is looked up once; what it is a part of is kept for
// the file, since hundreds of units read the same files. Words in strings count (assembly names
// functions there), those in comments do not.
//
// `X86_FEATURE_##name` mentions a name without containing it. Whether the words of the unit's files
// make a name when any number of them is put end to end is cheap to tell, and never misses what
// `##` does; with the one-letter words that every source has it is true too often to parse a unit
// for. So the answer is in three steps, and who asks preprocesses the unit for the middle one.
// Rejected: a limit to three parts in one name, which nested pasting exceeds.

#include "payload-builder/support/text_file.h"
#include "payload-builder/units/words.h"

#include <algorithm>
#include <set>

namespace suture::builder {

MentionSearch::MentionSearch(const SourceTree &tree,
                             const std::map<std::string, ChangedNames> &changes)
    : tree_(tree), changes_(changes) {
  std::set<std::string> all;
  for (const auto &[header, change] : changes)
    all.insert(change.names.begin(), change.names.end());
  names_.assign(all.begin(), all.end());
  for (size_t name = 0; name < names_.size(); ++name) {
    size_t length = names_[name].size();
    firstPart_.push_back(partCount_);
    partCount_ += (length + 1) * (length + 1);
    for (size_t from = 0; from < length; ++from)
      for (size_t to = from + 1; to <= length; ++to)
        if (to - from < length)
          partsOf_[names_[name].substr(from, to - from)].push_back(partIndex(name, {from, to}));
  }
}

void MentionSearch::scan(std::string_view text, const Lines *without, FileWords &found) const {
  std::string key;
  forEachWord(text, [&](std::string_view word, unsigned line) {
    key = word;
    const bool isName = std::ranges::binary_search(names_, key);
    auto parts = partsOf_.find(key);
    if (!isName && parts == partsOf_.end())
      return;
    if (without && std::ranges::any_of(*without, [line](auto range) {
          return range.first <= line && line <= range.second;
        }))
      return;
    found.hasName |= isName;
    if (parts != partsOf_.end())
      found.parts.insert(found.parts.end(), parts->second.begin(), parts->second.end());
  });
}

const MentionSearch::FileWords &MentionSearch::wordsIn(const std::string &file) {
  auto [entry, isNew] = files_.try_emplace(file);
  if (!isNew)
    return entry->second;
  FileWords &found = entry->second;
  const std::string below = pathInTree(tree_.root, file);
  if (auto versions = tree_.files.find(below); versions != tree_.files.end()) {
    auto change = changes_.find(below);
    bool known = change != changes_.end();
    if (const FileText &base = versions->second.base())
      scan(*base, known ? &change->second.baseLines : nullptr, found);
    if (const FileText &patched = versions->second.patched())
      scan(*patched, known ? &change->second.patchedLines : nullptr, found);
  } else if (auto text = readFile(file)) {
    auto change = changes_.find(below);
    scan(*text, change == changes_.end() ? nullptr : &change->second.patchedLines, found);
  } else {
    llvm::consumeError(text.takeError()); // A unit that needs it does not compile, and says so.
  }
  std::ranges::sort(found.parts);
  found.parts.erase(std::ranges::unique(found.parts).begin(), found.parts.end());
  found.parts.shrink_to_fit();
  return found;
}

/// Whether a row of parts, end to end, is the name.
bool MentionSearch::canBePasted(size_t name, const std::vector<bool> &parts) const {
  const size_t length = names_[name].size();
  std::vector<bool> reached(length + 1, false);
  reached[0] = true;
  for (size_t from = 0; from < length; ++from)
    for (size_t to = from + 1; reached[from] && to <= length; ++to)
      if (parts[partIndex(name, {from, to})])
        reached[to] = true;
  return reached[length];
}

bool MentionSearch::isNamedIn(const CompileCommand &command) const {
  bool isNamed = false, isValue = false;
  for (const std::string &argument : command.arguments) {
    const bool isMacro = isValue || argument.starts_with("-D");
    const std::string_view text = std::string_view(argument).substr(isMacro && !isValue ? 2 : 0);
    isValue = argument == "-D";
    if (isMacro)
      forEachWord(text, [&](std::string_view word, unsigned) {
        isNamed |= std::ranges::binary_search(names_, word);
      });
  }
  return isNamed;
}

Mention MentionSearch::mentions(const std::vector<std::string> &files) {
  for (const std::string &file : files)
    if (wordsIn(file).hasName)
      return Mention::Certain;
  std::vector<bool> parts(partCount_, false);
  for (const std::string &file : files)
    for (uint32_t part : wordsIn(file).parts)
      parts[part] = true;
  for (size_t name = 0; name < names_.size(); ++name)
    if (canBePasted(name, parts))
      return Mention::MayBePasted;
  return Mention::None;
}

} // namespace suture::builder

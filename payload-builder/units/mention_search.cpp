// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/mention_search.h"

// Every word of every file that a unit reads is looked up once; what it is a part of is kept for
// the file, since hundreds of units read the same files. Words in strings count (assembly names
// functions there), those in comments do not.
//
// `X86_FEATURE_##name` mentions a name without containing it. Whether words of the unit's files
// make a name when any number of them is put end to end is cheap to tell, and never misses what
// `##` does; with the one-letter words that every source has it is true too often. So only words
// count that a macro may join (joined_words.h), where all files of the unit are known; what is left
// is in between, and who asks preprocesses the unit for it. Rejected: a limit to three parts in one
// name, which nested pasting exceeds.

#include "payload-builder/support/text_file.h"
#include "payload-builder/units/command_macros.h"
#include "payload-builder/units/words.h"

#include <algorithm>
#include <set>

namespace suture::builder {

MentionSearch::MentionSearch(const SourceTree &tree,
                             const std::map<std::string, ChangedNames> &changes,
                             std::span<const UnitInputs> units)
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
  for (const auto &[word, parts] : partsOf_)
    if (word.find_first_not_of("0123456789") == std::string::npos)
      numbers_.insert(numbers_.end(), parts.begin(), parts.end());
  std::vector<UnitInputs> known;
  for (const UnitInputs &unit : units)
    if (listsAllFiles(unit.unit->command))
      known.push_back(unit);
  if (known.empty() || hasAssemblerSymbols())
    return;
  joined_ =
      joinedWords(tree, known, [this](const std::string &word) { return partsOf_.contains(word); });
  areJoinsKnown_ = !joined_.commands.mayBeAny;
  if (areJoinsKnown_)
    addJoined(joined_.commands, commands_);
}

bool MentionSearch::hasAssemblerSymbols() const {
  return std::ranges::any_of(changes_,
                             [](const auto &change) { return change.second.hasAssemblerSymbols; });
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

void MentionSearch::addJoined(const WordsToJoin &words, FileWords &found) const {
  if (words.mayBeAny) {
    found.joined = found.parts;
    return;
  }
  const auto add = [&](const std::vector<uint32_t> &parts) {
    found.joined.insert(found.joined.end(), parts.begin(), parts.end());
  };
  for (const std::string &word : words.words)
    if (const auto parts = partsOf_.find(word); parts != partsOf_.end())
      add(parts->second);
  if (words.hasNumbers)
    add(numbers_);
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
  if (const auto words = joined_.files.find(file); words != joined_.files.end())
    addJoined(words->second, found);
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

MentionSearch::FileWords MentionSearch::wordsIn(const CompileCommand &command) const {
  FileWords found = commands_;
  found.parts = numbers_;
  for (const std::string_view macro : macrosOf(command))
    scan(macro, nullptr, found);
  return found;
}

Mention MentionSearch::mentions(std::span<const std::string> files, const FileWords &command,
                                bool areJoinsKnown) {
  std::vector<bool> parts(partCount_, false);
  const auto add = [&](const FileWords &words) {
    for (const uint32_t part : areJoinsKnown ? words.joined : words.parts)
      parts[part] = true;
    return words.hasName;
  };
  if (add(command) ||
      std::ranges::any_of(files, [&](const std::string &file) { return add(wordsIn(file)); }))
    return Mention::Certain;
  for (size_t name = 0; name < names_.size(); ++name)
    if (canBePasted(name, parts))
      return Mention::MayBePasted;
  return Mention::None;
}

Mention MentionSearch::mentions(std::span<const std::string> files) {
  return mentions(files, {}, false);
}

Mention MentionSearch::mentions(const UnitInputs &unit) {
  const CompileCommand &command = unit.unit->command;
  return mentions(unit.files, wordsIn(command), areJoinsKnown_ && listsAllFiles(command));
}

} // namespace suture::builder

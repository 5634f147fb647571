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
#include "payload-builder/units/without_declarations.h"
#include "payload-builder/units/words.h"

#include <algorithm>
#include <set>

namespace suture::builder {

MentionSearch::MentionSearch(const SourceTree &tree,
                             const std::map<std::string, ChangedNames> &changes,
                             std::span<const UnitInputs> units)
    : tree_(tree), changes_(changes) {
  std::set<std::string> all;
  for (const auto &[header, change] : changes) {
    all.insert(change.names.begin(), change.names.end());
    assemblerSymbols_.insert(change.assemblerSymbols.begin(), change.assemblerSymbols.end());
  }
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
  if (!known.empty())
    findJoined(known);
}

void MentionSearch::findJoined(std::span<const UnitInputs> units) {
  const SourceTree tree = withoutDeclarations(tree_, changes_);
  const auto find = [&](bool withStrings) {
    return joinedWords(tree, units, names_, withStrings,
                       [this](const std::string &word) { return partsOf_.contains(word); });
  };
  joined_ = find(false);
  if (!assemblerSymbols_.empty())
    inStrings_ = find(true);
  areJoinsKnown_ = !joined_.commands.mayBeAny && !inStrings_.commands.mayBeAny;
  if (!areJoinsKnown_)
    return;
  addJoined(joined_.commands, commands_.joined);
  addJoined(inStrings_.commands, commands_.inStrings);
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

void MentionSearch::addJoined(const WordsToJoin &words, std::vector<uint32_t> &joined) const {
  const auto add = [&](const std::vector<uint32_t> &parts) {
    joined.insert(joined.end(), parts.begin(), parts.end());
  };
  for (const std::string &word : words.words)
    if (const auto parts = partsOf_.find(word); parts != partsOf_.end())
      add(parts->second);
  if (words.hasNumbers)
    add(numbers_);
}

void MentionSearch::addJoinedInFile(const std::string &file, FileWords &found) const {
  if (const auto words = joined_.files.find(file); words != joined_.files.end())
    addJoined(words->second, found.joined);
  const auto words = inStrings_.files.find(file);
  if (words == inStrings_.files.end())
    return;
  addJoined(words->second, found.inStrings);
  found.definesForAssembler = words->second.definesForAssembler;
  found.hasBackslash = words->second.hasBackslash;
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
  addJoinedInFile(file, found);
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
  std::vector<bool> parts(partCount_, false), inStrings(partCount_, false);
  bool definesForAssembler = false, hasBackslash = false;
  const auto mark = [](const std::vector<uint32_t> &found, std::vector<bool> &marks) {
    for (const uint32_t part : found)
      marks[part] = true;
  };
  const auto add = [&](const FileWords &words) {
    mark(areJoinsKnown ? words.joined : words.parts, parts);
    mark(areJoinsKnown ? words.inStrings : words.parts, inStrings);
    definesForAssembler |= words.definesForAssembler;
    hasBackslash |= words.hasBackslash;
    return words.hasName;
  };
  if (add(command) ||
      std::ranges::any_of(files, [&](const std::string &file) { return add(wordsIn(file)); }))
    return Mention::Certain;
  // The assembler may put its symbols together, too.
  if (definesForAssembler && hasBackslash)
    return Mention::MayBePasted;
  for (size_t name = 0; name < names_.size(); ++name) {
    const bool isInStrings = assemblerSymbols_.contains(names_[name]);
    if (areJoinsKnown && !isInStrings && !joined_.made.contains(names_[name]))
      continue;
    if (canBePasted(name, isInStrings ? inStrings : parts))
      return Mention::MayBePasted;
  }
  return Mention::None;
}

Mention MentionSearch::mentions(std::span<const std::string> files) {
  return mentions(files, {}, false);
}

static bool mayBeAny(const JoinedWords &joined, const std::string &file) {
  const auto words = joined.files.find(file);
  return words != joined.files.end() && words->second.mayBeAny;
}

Mention MentionSearch::mentions(const UnitInputs &unit) {
  const CompileCommand &command = unit.unit->command;
  const bool areJoinsKnown = areJoinsKnown_ && listsAllFiles(command) &&
                             std::ranges::none_of(unit.files, [&](const std::string &file) {
                               return mayBeAny(joined_, file) || mayBeAny(inStrings_, file);
                             });
  return mentions(unit.files, wordsIn(command), areJoinsKnown);
}

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/find_units.h"

// From changed files to units, cheapest test first:
//
//   1. A file whose own tokens are the same (comments, white space) is out of the question for
//      every unit at once.
//   2. A unit is looked at when the build's dependency list names a changed file, or where there is
//      no list, when its #include lines lead to one.
//   3. A unit that sees changed headers only, and mentions nothing of what changed there, is left
//      out (changed_names.h). Where its text leaves that open, it is preprocessed.
//   4. Where macros alone changed in what is left, the unit is preprocessed in both states, and
//      left out when the tokens are the same.
//
// A changed file that no unit sees is no accident to pass over in silence: a source without a
// compile command, a linker script, a build file are refused, the rest (documentation, another
// architecture's code) is listed.

#include "payload-builder/support/parallel.h"
#include "payload-builder/units/assembler_headers.h"
#include "payload-builder/units/changed_names.h"
#include "payload-builder/units/mention_search.h"
#include "payload-builder/units/mentioned_tokens.h"
#include "payload-builder/units/new_files.h"
#include "payload-builder/units/reached_names.h"
#include "payload-builder/units/recorded_inputs.h"
#include "payload-builder/units/remade_files.h"
#include "payload-builder/units/token_stream.h"
#include "payload-builder/units/unseen_files.h"
#include "payload-builder/units/watched_tokens.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringSet.h>
#include <llvm/Support/Path.h>
#include <map>
#include <optional>
#include <set>
#include <tuple>

namespace suture::builder {
namespace {

namespace path = llvm::sys::path;

/// White space and comments are known for what they are in these alone.
bool hasCTokens(llvm::StringRef file) {
  static constexpr std::array<llvm::StringLiteral, 5> Headers = {".h", ".hpp", ".hh", ".hxx",
                                                                 ".inc"};
  return languageOf(file).value_or(Language::Assembly) != Language::Assembly ||
         llvm::is_contained(Headers, path::extension(file));
}

class Finder final {
public:
  explicit Finder(const UnitsRequest &request)
      : request_(request), tree_(request.tree), inputs_(request.tree), new_(request.tree) {}

  UnitsResult find();

private:
  void dropEqualFiles();
  std::vector<std::string> changedInputs(const RecordedCommand &recorded);
  void collect(const std::vector<RecordedCommand> &commands);
  bool seesHeadersAlone(const Unit &unit) const;
  void accountForHeaders();
  void dismissUnitsWithoutMention();
  std::vector<char> unitsWithoutMention();
  bool surelyDiffers(const Unit &unit) const;
  void dismissEqualUnits();
  void separateAssemblerMacros();
  void refuse(RefusalCode code, const std::string &file, std::string reason, std::string advice) {
    result_.refusals.push_back(
        {Stage::Units, code, {file, 0, 0}, "", std::move(reason), std::move(advice)});
  }

  const UnitsRequest &request_;
  const SourceTree &tree_;
  RecordedInputs inputs_;
  UnitsResult result_;
  /// Changed files that a unit could tell apart, and their last parts.
  std::set<std::string> changed_;
  llvm::StringSet<> names_;
  /// Those of them that the diff adds.
  NewFiles new_;
  /// Those that some unit reads.
  std::set<std::string> seen_;
  /// The commands of result_.units, as long as none has been left out.
  std::vector<const RecordedCommand *> recorded_;
  /// Of changed files that units include; those of them that are complete.
  std::map<std::string, ChangedNames> headers_, complete_;
  /// What the complete ones reach.
  ReachedNames reached_;
  TokenWatch watch_;
};

void Finder::dropEqualFiles() {
  for (const auto &[file, versions] : tree_.files) {
    if (!versions.changedByThisDiff())
      continue;
    if (versions.base() && versions.patched() && hasCTokens(file) &&
        rawTokens(*versions.base()) == rawTokens(*versions.patched())) {
      result_.dismissed.push_back({file, "only comments and white space differ"});
      continue;
    }
    changed_.insert(file);
    names_.insert(path::filename(file));
    if (!versions.base())
      new_.add(file);
  }
}

std::vector<std::string> Finder::changedInputs(const RecordedCommand &recorded) {
  std::vector<std::string> found;
  if (recorded.command.inputs) {
    bool hasNewName = false;
    for (llvm::StringRef input : *recorded.command.inputs) {
      if (!names_.contains(path::filename(input)))
        continue;
      std::string file =
          pathInTree(tree_.root, inputs_.paths().of(recorded.command.directory, input));
      if (changed_.contains(file))
        found.push_back(std::move(file));
      else
        hasNewName |= new_.hasNameOf(input);
    }
    if (hasNewName)
      new_.addInputsOf(recorded, found);
  } else if (auto inputs = inputs_.of(recorded)) {
    for (const std::string &input : *inputs)
      if (std::string file = pathInTree(tree_.root, input); changed_.contains(file))
        found.push_back(std::move(file));
  } else {
    found.assign(changed_.begin(), changed_.end());
  }
  std::ranges::sort(found);
  found.erase(std::ranges::unique(found).begin(), found.end());
  return found;
}

void Finder::collect(const std::vector<RecordedCommand> &commands) {
  for (const RecordedCommand &recorded : commands) {
    std::vector<std::string> files = changedInputs(recorded);
    if (files.empty())
      continue;
    seen_.insert(files.begin(), files.end());
    std::string source = pathInTree(tree_.root, recorded.source);
    auto versions = tree_.files.find(source);
    if (versions != tree_.files.end() && !versions->second.patched()) {
      refuse(RefusalCode::NoCompileCommand, source,
             "the diff removes or renames a file that the target is compiled from",
             "Keep the file and remove its functions' uses instead; a livepatch cannot take code "
             "out.");
      continue;
    }
    Unit unit{recorded.command, source, recorded.language, std::move(files)};
    if (makes32BitCode(recorded.command)) {
      result_.assembly.push_back(std::move(unit));
      continue;
    }
    result_.units.push_back(std::move(unit));
    recorded_.push_back(&recorded);
  }
}

bool Finder::seesHeadersAlone(const Unit &unit) const {
  return std::ranges::none_of(unit.changedFiles,
                              [&](const std::string &file) { return file == unit.source; });
}

/// Accounts for the changed lines of each file that a unit includes, by one unit that does; unless
/// that takes as long as to parse the units that it may leave out.
void Finder::accountForHeaders() {
  if (std::ranges::count_if(result_.units,
                            [&](const Unit &unit) { return seesHeadersAlone(unit); }) < 2)
    return;
  std::map<std::string, const Unit *> representatives;
  for (const Unit &unit : result_.units)
    for (const std::string &file : unit.changedFiles)
      if (file != unit.source) {
        auto [entry, isNew] = representatives.try_emplace(file, &unit);
        // Assembly does not show declarations.
        if (!isNew && entry->second->language == Language::Assembly)
          entry->second = &unit;
      }
  std::vector<std::pair<std::string, const Unit *>> list(representatives.begin(),
                                                         representatives.end());
  std::vector<ChangedNames> names(list.size());
  parallelFor(list.size(), [&](size_t index) {
    const auto &[file, unit] = list[index];
    names[index] = changedNames(tree_, file, unit->command, unit->language, watch_);
  });
  for (size_t i = 0; i < list.size(); ++i) {
    if (names[i].complete)
      complete_.emplace(list[i].first, names[i]);
    headers_.emplace(list[i].first, std::move(names[i]));
  }
}

std::vector<char> Finder::unitsWithoutMention() {
  std::vector<UnitInputs> accountedFor;
  std::vector<size_t> places;
  for (size_t i = 0; i < result_.units.size(); ++i) {
    const Unit &unit = result_.units[i];
    if (!seesHeadersAlone(unit) ||
        !std::ranges::all_of(unit.changedFiles,
                             [&](const std::string &file) { return complete_.contains(file); }))
      continue;
    if (auto inputs = inputs_.of(*recorded_[i])) {
      accountedFor.push_back({&unit, std::move(*inputs)});
      places.push_back(i);
    }
  }
  reached_ = reachedNames(tree_, complete_, accountedFor, watch_);
  MentionSearch search(tree_, reached_.headers, accountedFor);
  std::vector<Mention> mentions;
  for (const UnitInputs &unit : accountedFor)
    mentions.push_back(search.mentions(unit));
  const MentionedTokens tokens(tree_, reached_.headers);
  std::vector<char> without(result_.units.size(), 0);
  parallelFor(accountedFor.size(), [&](size_t index) {
    const auto &[unit, inputs] = accountedFor[index];
    if (mentions[index] == Mention::Certain)
      return;
    if (mentions[index] == Mention::MayBePasted) {
      auto isMention = tokens.mentions(*unit);
      if (!isMention)
        llvm::consumeError(isMention.takeError()); // The stage that parses the unit reports it.
      else if (!*isMention)
        mentions[index] = Mention::None;
    }
    if (mentions[index] != Mention::None)
      return;
    without[places[index]] =
        seesTheSame(tree_, *unit, complete_, watchedIn(tree_, reached_, inputs), watch_);
  });
  return without;
}

void Finder::dismissUnitsWithoutMention() {
  if (complete_.empty())
    return;
  const std::vector<char> without = unitsWithoutMention();
  std::vector<Unit> kept;
  for (size_t i = 0; i < result_.units.size(); ++i) {
    Unit &unit = result_.units[i];
    if (without[i])
      result_.dismissed.push_back(
          {unit.source, fmt::format("mentions nothing of what changes in {}",
                                    fmt::join(unit.changedFiles, ", "))});
    else
      kept.push_back(std::move(unit));
  }
  result_.units = std::move(kept);
}

/// Preprocessing would only show what is known: the parser sees other tokens.
bool Finder::surelyDiffers(const Unit &unit) const {
  return unit.language != Language::Assembly &&
         std::ranges::any_of(unit.changedFiles, [&](const std::string &file) {
           auto header = headers_.find(file);
           return file == unit.source ||
                  (header != headers_.end() &&
                   (header->second.surelyShows ||
                    (header->second.complete && !header->second.onlyMacros)));
         });
}

void Finder::dismissEqualUnits() {
  std::vector<char> equal(result_.units.size(), 0);
  parallelFor(result_.units.size(), [&](size_t index) {
    const Unit &unit = result_.units[index];
    if (surelyDiffers(unit))
      return;
    auto base = preprocessedTokens({tree_, unit.command, unit.language, TreeState::Base});
    auto patched = preprocessedTokens({tree_, unit.command, unit.language, TreeState::Patched});
    equal[index] = base && patched && *base == *patched;
    // The stage that parses the unit reports what is wrong with it.
    llvm::consumeError(base.takeError());
    llvm::consumeError(patched.takeError());
  });
  std::vector<Unit> different;
  for (size_t i = 0; i < equal.size(); ++i) {
    Unit &unit = result_.units[i];
    if (equal[i]) {
      result_.dismissed.push_back(
          {unit.source, fmt::format("its preprocessed tokens are the same (it sees {})",
                                    fmt::join(unit.changedFiles, ", "))});
    } else if (unit.language == Language::Assembly) {
      result_.assembly.push_back(std::move(unit));
    } else {
      different.push_back(std::move(unit));
    }
  }
  result_.units = std::move(different);
}

/// Units that use a changed macro of the assembler are for the assembler to judge; to the stages
/// that read C such a header does not change.
void Finder::separateAssemblerMacros() {
  AssemblerHeaders headers(tree_, changed_);
  if (headers.files().empty())
    return;
  const auto inputsOf = [&](size_t i) { return inputs_.of(*recorded_[i]); };
  std::set<std::string> read;
  for (size_t i = 0; i < result_.units.size(); ++i)
    if (result_.units[i].language != Language::Assembly)
      if (const auto inputs = inputsOf(i))
        read.insert(inputs->begin(), inputs->end());
  headers.keepThoseIncludedBy(read);
  std::vector<Unit> units;
  std::vector<const RecordedCommand *> recorded;
  for (size_t i = 0; i < result_.units.size(); ++i) {
    Unit &unit = result_.units[i];
    std::vector<std::string> own = unit.changedFiles;
    std::erase_if(own, [&](const std::string &file) { return headers.files().contains(file); });
    if (unit.language != Language::Assembly && own != unit.changedFiles) {
      if (headers.mayBeUsedBy(inputsOf(i)))
        result_.assembly.push_back(unit);
      else if (own.empty())
        result_.dismissed.push_back(
            {unit.source, fmt::format("uses no macro of the assembler that changes in {}",
                                      fmt::join(unit.changedFiles, ", "))});
      unit.changedFiles = std::move(own);
    }
    if (!unit.changedFiles.empty()) {
      units.push_back(std::move(unit));
      recorded.push_back(recorded_[i]);
    }
  }
  result_.units = std::move(units);
  recorded_ = std::move(recorded);
}

UnitsResult Finder::find() {
  dropEqualFiles();
  collect(request_.commands);
  std::set<std::string> unseen;
  std::ranges::set_difference(changed_, seen_, std::inserter(unseen, unseen.end()));
  new_.dropInputsOf(recorded_, unseen);
  judgeUnseenFiles(request_, unseen, result_);
  separateAssemblerMacros();
  accountForHeaders();
  dismissUnitsWithoutMention();
  result_.remade = findRemadeFiles(request_, changed_, complete_, reached_, watch_);
  dismissEqualUnits();
  sortRefusals(result_.refusals);
  std::ranges::sort(result_.dismissed, {},
                    [](const DismissedUnit &unit) { return std::tie(unit.source, unit.why); });
  return std::move(result_);
}

} // namespace

UnitsResult findUnits(const UnitsRequest &request) { return Finder(request).find(); }

llvm::Expected<UnitsResult> findUnits(const SourceTree &tree, const CompileCommandSource &source) {
  auto commands = readCompileCommands(tree, source);
  if (!commands)
    return commands.takeError();
  return findUnits({.tree = tree, .source = source, .commands = *commands});
}

std::string dump(const UnitsResult &result) {
  std::string text;
  for (const Unit &unit : result.units)
    text += fmt::format("{}: sees {}\n", unit.source, fmt::join(unit.changedFiles, ", "));
  for (const Unit &unit : result.assembly)
    text += fmt::format("{}: assembly, sees {}\n", unit.source, fmt::join(unit.changedFiles, ", "));
  for (const DismissedUnit &unit : result.dismissed)
    text += fmt::format("{}: left out: {}\n", unit.source, unit.why);
  for (const Refusal &refusal : result.refusals)
    text += "refused: " + toString(refusal);
  return text;
}

} // namespace suture::builder

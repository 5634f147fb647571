// SPDX-License-Identifier: Apache-2.0
// A header that units read may be made by the build: of another header by a script, of assembly
// that the compiler wrote, by the preprocessor. On disk it has the base's text, and a payload made
// with that would lack what the fix changes there. So it is made anew, for each version of the
// tree, by the build system's own recipe (build_system.h), and counts from then on as a file that
// the diff changes.
//
// Files that a rule makes of a changed file are made at once. Files that a compiler makes of
// headers (assembly with the offsets of fields) read nearly all of them, and hardly ever change:
// the search for mentions says which header matters to them, as it does for units.
#include "payload-builder/generated/select_units.h"

#include "payload-builder/generated/build_system.h"
#include "payload-builder/generated/embedded_files.h"
#include "payload-builder/generated/judge_build_files.h"
#include "payload-builder/generated/made_files.h"
#include "payload-builder/generated/named_by_build.h"
#include "payload-builder/units/build_rules.h"

#include <algorithm>
#include <fmt/format.h>
#include <llvm/Support/Path.h>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

namespace suture::builder {

namespace {

class Selection final {
public:
  Selection(SourceTree &tree, const CompileCommandSource &source,
            std::vector<RecordedCommand> commands)
      : tree_(tree), source_(source), commands_(std::move(commands)), build_(tree) {}

  llvm::Expected<UnitsResult> select() {
    const std::set<std::string> candidates = changedFilesThatNoUnitIsMadeOf();
    if (!candidates.empty()) {
      made_.emplace(tree_, commands_);
      if (llvm::Error error = judgeBuildFilesOfDiff())
        return error;
    }
    for (const std::string &file : candidates)
      if (llvm::Error error = remakeAllOf(file))
        return error;
    UnitsResult units = find(made_ ? made_->madeFromHeaders() : std::vector<MadeFromHeaders>());
    const size_t known = tree_.files.size();
    for (const std::string &file : units.remade)
      if (llvm::Error error = remakeAllOf(file))
        return error;
    if (tree_.files.size() > known)
      units = find({});
    refuseEmbedded(candidates, units.dismissed);
    refuseNamedByBuild(candidates, units.dismissed);
    std::ranges::move(refusals_, std::back_inserter(units.refusals));
    std::ranges::move(dismissed_, std::back_inserter(units.dismissed));
    sortRefusals(units.refusals);
    std::ranges::sort(units.dismissed, {},
                      [](const DismissedUnit &unit) { return std::tie(unit.source, unit.why); });
    return units;
  }

private:
  UnitsResult find(std::vector<MadeFromHeaders> made) const {
    return findUnits({.tree = tree_,
                      .source = source_,
                      .commands = commands_,
                      .made = std::move(made),
                      .accounted = accounted_});
  }

  std::set<std::string> changedFilesThatNoUnitIsMadeOf() const {
    std::set<std::string> files;
    for (const auto &[file, versions] : tree_.files)
      if (std::ranges::adjacent_find(versions.history, std::ranges::not_equal_to()) !=
          versions.history.end())
        files.insert(file);
    for (const RecordedCommand &recorded : commands_)
      if (recorded.source.starts_with(tree_.root + "/"))
        files.erase(recorded.source.substr(tree_.root.size() + 1));
    return files;
  }

  /// Of the files that no unit reads, those that the assembler does.
  void refuseEmbedded(const std::set<std::string> &candidates,
                      std::vector<DismissedUnit> &dismissed) {
    std::set<std::string> unread;
    for (const DismissedUnit &left : dismissed)
      if (candidates.contains(left.source))
        unread.insert(left.source);
    for (const auto &[file, place] : embeddedFiles(tree_, commands_, unread)) {
      std::erase_if(dismissed, [&](const DismissedUnit &left) { return left.source == file; });
      refusals_.push_back(
          {Stage::Units, RefusalCode::AssemblyFile, place, file,
           "the assembler puts its bytes into the target here (.incbin), and it changes",
           "Leave its change out if the fix is of use without it; otherwise it takes a reboot."});
    }
  }

  /// Of the files that no unit reads, those that the build has another use for.
  void refuseNamedByBuild(const std::set<std::string> &candidates,
                          std::vector<DismissedUnit> &dismissed) {
    std::set<std::string> unread;
    for (const DismissedUnit &left : dismissed)
      if (candidates.contains(left.source) && !accounted_.contains(left.source) &&
          mayServeTheBuild(left.source))
        unread.insert(left.source);
    for (const auto &[file, place] : filesNamedByBuild(tree_, commands_, unread)) {
      std::erase_if(dismissed, [&](const DismissedUnit &left) { return left.source == file; });
      refusals_.push_back(
          {Stage::Units, RefusalCode::BuildFile, place, file,
           "the target's build uses it here, and it changes: what that does cannot be told",
           "Leave it out of the diff if the fix does not need it."});
    }
  }

  /// No header, and no source of another program.
  bool mayServeTheBuild(const std::string &file) const {
    const llvm::StringRef name = llvm::sys::path::filename(file);
    const FileVersions &versions = tree_.files.at(file);
    return !languageOf(file) && !name.ends_with(".h") &&
           !(isMakefile(name) && versions.base() && versions.patched() &&
             haveSameRules(*versions.base(), *versions.patched()));
  }

  llvm::Error judgeBuildFilesOfDiff() {
    auto verdict = judgeBuildFiles(tree_, commands_, *made_, build_);
    if (!verdict)
      return verdict.takeError();
    accounted_ = std::move(verdict->accounted);
    refusals_ = std::move(verdict->refusals);
    dismissed_ = std::move(verdict->dismissed);
    std::ranges::move(verdict->added, std::back_inserter(commands_));
    return llvm::Error::success();
  }

  llvm::Error remakeAllOf(const std::string &source) {
    for (const MadeChain &chain : made_->chainsFrom(source)) {
      accounted_.insert(source);
      // Also where the diff brings the made file along.
      if (tree_.files.contains(chain.file()) || !done_.insert(chain.file()).second)
        continue;
      if (llvm::Error error = remake(chain))
        return error;
    }
    return llvm::Error::success();
  }

  llvm::Error remake(const MadeChain &chain) {
    auto build = build_.get();
    if (!build)
      return build.takeError();
    FileVersions versions;
    for (size_t i = 0; i < tree_.files.begin()->second.history.size(); ++i) {
      auto made = (*build)->remake(chain, i);
      if (!made)
        return made.takeError();
      if (!made->text) {
        refuse(chain, i, made->problem);
        return llvm::Error::success();
      }
      versions.history.push_back(std::move(made->text));
    }
    const bool isSame = std::ranges::adjacent_find(versions.history, std::ranges::not_equal_to()) ==
                        versions.history.end();
    if (isSame) {
      dismissed_.push_back(
          {chain.file(), fmt::format("made anew of {}, it is the same", chain.source)});
      return llvm::Error::success();
    }
    tree_.files.emplace(chain.file(), std::move(versions));
    // More may be made of it.
    if (const auto end = made_->deadEndOf(chain.file()))
      refuse({.source = chain.file(), .files = {end->file}, .rule = *end}, 0,
             "what the build makes of that is not known");
    return remakeAllOf(chain.file());
  }

  void refuse(const MadeChain &chain, size_t version, const std::string &problem) {
    refusals_.push_back(
        {Stage::Units,
         RefusalCode::BuildFile,
         {chain.rule.buildFile, chain.rule.line, 0},
         chain.file(),
         fmt::format("the build makes it of {}, and {}: {}", chain.source,
                     version == 0 ? "how it was made cannot be repeated"
                                  : "it cannot be made of what the diff makes of that",
                     problem),
         fmt::format("Put the change of {} into the diff too, as a build of the fix makes it.",
                     chain.file())});
  }

  SourceTree &tree_;
  const CompileCommandSource &source_;
  std::vector<RecordedCommand> commands_;
  std::optional<MadeFiles> made_;
  LazyBuildSystem build_;
  /// Changed files that lead to made ones, and the made ones.
  std::set<std::string> accounted_, done_;
  std::vector<Refusal> refusals_;
  std::vector<DismissedUnit> dismissed_;
};

} // namespace

llvm::Expected<UnitsResult> selectUnits(SourceTree &tree, const CompileCommandSource &source) {
  auto commands = readCompileCommands(tree, source);
  if (!commands)
    return commands.takeError();
  return Selection(tree, source, std::move(*commands)).select();
}

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
// Two kinds of build files are judged. Of a makefile the plain lines are understood, which name
// objects (build_file_effect.h); anything else is refused by its line. A Kconfig file is asked for
// its effect: the build's own kconfig makes the configuration anew in a private copy, with new
// options at their defaults. Where the outcome is the same, the file has no effect on this target.
// Where it is not, the header with the options counts as changed, unless a makefile uses an option
// that changes: then other files may be compiled, or in another way.
#include "payload-builder/generated/judge_build_files.h"

#include "payload-builder/diff/line_map.h"
#include "payload-builder/generated/build_file_effect.h"
#include "payload-builder/generated/sibling_command.h"
#include "payload-builder/support/text_file.h"
#include "payload-builder/units/build_rules.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <llvm/ADT/StringRef.h>
#include <map>
#include <optional>
#include <utility>

namespace suture::builder {

namespace {

namespace fs = std::filesystem;

constexpr const char *optionsFile = "include/config/auto.conf";
constexpr const char *optionsHeader = "include/generated/autoconf.h";

/// `CONFIG_X=VALUE` lines by name.
std::map<std::string, std::string> optionsIn(llvm::StringRef text) {
  std::map<std::string, std::string> options;
  while (!text.empty()) {
    auto [line, rest] = text.split('\n');
    text = rest;
    auto [name, value] = line.split('=');
    if (name.starts_with("CONFIG_"))
      options[name.str()] = value.str();
  }
  return options;
}

/// Whether most of a file's lines are another's.
bool isLike(const std::string &old, const std::string &changed) {
  unsigned removed = 0;
  for (const ChangedLines &change : LineMap(old, changed).changes())
    removed += change.baseCount;
  return 2 * removed <= static_cast<unsigned>(std::ranges::count(old, '\n'));
}

class Judge final {
public:
  Judge(SourceTree &tree, const std::vector<RecordedCommand> &commands, const MadeFiles &made,
        LazyBuildSystem &build)
      : tree_(tree), commands_(commands), made_(made), build_(build) {}

  llvm::Expected<BuildFileVerdict> judge() {
    std::vector<std::string> kconfigs;
    std::vector<std::string> makefiles;
    for (const auto &[file, versions] : tree_.files) {
      const std::string name = fs::path(file).filename().string();
      const bool isKconfig = name.starts_with("Kconfig");
      if (!versions.changedByThisDiff() || !versions.base() || !versions.patched() ||
          haveSameRules(*versions.base(), *versions.patched()) || !isOfTarget(file))
        continue;
      if (isKconfig)
        kconfigs.push_back(file);
      else if (isMakefile(name))
        makefiles.push_back(file);
    }
    for (const std::string &file : makefiles)
      judgeMakefile(file);
    if (!kconfigs.empty())
      if (llvm::Error error = judgeOptions(kconfigs))
        return error;
    return std::move(verdict_);
  }

private:
  void refuse(RefusalCode code, const std::string &file, std::string subject, std::string reason,
              std::string advice) {
    verdict_.refusals.push_back({Stage::Units,
                                 code,
                                 {file, 0, 0},
                                 std::move(subject),
                                 std::move(reason),
                                 std::move(advice)});
  }

  /// Whether a unit lies in the build file's folder or below.
  bool isOfTarget(const std::string &file) const {
    const std::string folder = (fs::path(tree_.root) / file).parent_path().string() + "/";
    return std::ranges::any_of(commands_, [&](const RecordedCommand &recorded) {
      return recorded.source.starts_with(folder);
    });
  }

  /// The nearest folder above a file that has a configuration; nullopt: none has.
  std::optional<fs::path> configuredFolder(const std::string &file) const {
    for (fs::path folder = fs::path(file).parent_path();; folder = folder.parent_path()) {
      if (fs::exists(fs::path(tree_.root) / folder / optionsFile))
        return folder;
      if (folder.empty())
        return std::nullopt;
    }
  }

  std::string textOnDisk(const fs::path &file) const {
    auto text = readFile((fs::path(tree_.root) / file).string());
    if (text)
      return std::move(*text);
    llvm::consumeError(text.takeError()); // No such file: nothing in it.
    return "";
  }

  std::set<std::string> optionsThatAreSet(const std::string &file) const {
    std::set<std::string> set;
    if (const auto folder = configuredFolder(file))
      for (const auto &[name, value] : optionsIn(textOnDisk(*folder / optionsFile)))
        if (value == "y")
          set.insert(name);
    return set;
  }

  void judgeMakefile(const std::string &file) {
    const FileVersions &versions = tree_.files.at(file);
    const BuildFileEffect effect =
        effectOf(*versions.base(), *versions.patched(), optionsThatAreSet(file));
    verdict_.accounted.insert(file);
    if (!effect.other.empty())
      refuse(
          RefusalCode::BuildFile, file, "",
          fmt::format("a makefile changes ('{}'), and what that does to the build cannot be told",
                      effect.other),
          "Leave it out of the diff if the fix does not need it.");
    if (!effect.versions.empty())
      refuse(RefusalCode::BuildFile, file, "",
             fmt::format("the target's version changes ('{}')", fmt::join(effect.versions, "', '")),
             "A payload leaves the version as it is: leave it out of the diff.");
    if (effect.other.empty() && effect.versions.empty() && effect.added.empty() &&
        effect.removed.empty())
      verdict_.dismissed.push_back({file, "the objects that it lists stay the same"});
    const fs::path folder = fs::path(file).parent_path();
    std::set<std::string> renamed;
    for (const std::string &object : effect.removed)
      if (auto name = renameSource(folder, object, effect.added))
        renamed.insert(std::move(*name));
      else
        refuse(RefusalCode::BuildFile, file, object, "the build no longer compiles it",
               "A livepatch cannot take code out: keep it, and remove what uses its functions.");
    for (const std::string &object : effect.added)
      if (!renamed.contains(object))
        addSource(file, folder, object);
  }

  /// A source that goes away, with most of its lines in one that comes: the unit keeps its name.
  std::optional<std::string> renameSource(const fs::path &folder, const std::string &object,
                                          const std::vector<std::string> &added) {
    const auto sourceOf = [&](const std::string &name) {
      return (folder / fs::path(name).replace_extension(".c")).string();
    };
    const auto old = tree_.files.find(sourceOf(object));
    if (old == tree_.files.end() || old->second.patched() || !old->second.base())
      return std::nullopt;
    for (const std::string &name : added) {
      const auto changed = tree_.files.find(sourceOf(name));
      if (changed == tree_.files.end() || changed->second.base() || !changed->second.patched() ||
          !isLike(*old->second.base(), *changed->second.patched()))
        continue;
      verdict_.dismissed.push_back(
          {changed->first, fmt::format("taken for the new text of {}, which it replaces and whose "
                                       "name the target's symbols have",
                                       old->first)});
      old->second.history.back() = changed->second.patched();
      tree_.files.erase(changed);
      return name;
    }
    return std::nullopt;
  }

  void addSource(const std::string &file, const fs::path &folder, const std::string &object) {
    const std::string source = (folder / fs::path(object).replace_extension(".c")).string();
    const auto versions = tree_.files.find(source);
    const bool isNew = versions != tree_.files.end() && !versions->second.base() &&
                       versions->second.patched().has_value();
    if (!isNew) {
      refuse(RefusalCode::BuildFile, file, object,
             "the build compiles it from now on, and the diff adds no C source for it",
             "Only new C code can be added to a target.");
      return;
    }
    auto command = commandLikeSiblings(commands_, tree_.root + "/" + source);
    if (!command) {
      verdict_.accounted.insert(source);
      refuse(RefusalCode::NoCompileCommand, source, "",
             "the diff adds a source file, and with which flags it is compiled cannot be told: the "
             "other sources of its folder are compiled with different ones",
             "Put the new code into a file that the target is compiled from.");
      return;
    }
    for (FileText &text : versions->second.history)
      text = text.value_or("");
    verdict_.added.push_back(std::move(*command));
  }

  llvm::Error judgeOptions(const std::vector<std::string> &kconfigs) {
    const std::string &file = kconfigs.front();
    const auto folder = configuredFolder(file);
    if (!folder)
      return llvm::Error::success(); // Refused as any build file that is not understood.
    auto build = build_.get();
    if (!build)
      return build.takeError();
    verdict_.accounted.insert(kconfigs.begin(), kconfigs.end());
    const std::vector<std::string> files = {(*folder / optionsFile).string(),
                                            (*folder / optionsHeader).string()};
    std::vector<FileVersions> made(files.size());
    for (size_t i = 0; i < tree_.files.at(file).history.size(); ++i) {
      auto texts = (*build)->configure(folder->string(), files, i);
      if (!texts)
        return texts.takeError();
      for (size_t f = 0; f < files.size(); ++f)
        made[f].history.push_back((*texts)[f].text);
      if (const auto problem = std::ranges::find_if(
              *texts, [](const Remade &remade) { return !remade.text.has_value(); });
          problem != texts->end()) {
        refuse(RefusalCode::BuildFile, file, "",
               "the options of the configuration change, and which values they get cannot be "
               "told: " +
                   problem->problem,
               "Leave it out of the diff if the fix does not need it.");
        return llvm::Error::success();
      }
    }
    takeOptions(kconfigs, made[0], files[1], made[1]);
    return llvm::Error::success();
  }

  void takeOptions(const std::vector<std::string> &kconfigs, const FileVersions &options,
                   const std::string &header, const FileVersions &headerVersions) {
    auto before = optionsIn(*options.base()), after = optionsIn(*options.patched());
    std::vector<std::string> changed, texts;
    for (const auto *side : {&before, &after})
      for (const auto &[name, value] : *side)
        if (before[name] != after[name] && std::ranges::find(changed, name) == changed.end()) {
          changed.push_back(name);
          texts.push_back(fmt::format("{}={}", name, after[name].empty() ? "n" : after[name]));
        }
    for (const std::string &name : changed)
      if (const auto user = made_.buildFileThatMentions(name))
        refuse(RefusalCode::BuildFile, kconfigs.front(), name,
               fmt::format("its value changes, and {} uses it: what is compiled, and how, may "
                           "change",
                           *user),
               "Leave it out of the diff if the fix does not need it.");
    for (const std::string &file : kconfigs)
      verdict_.dismissed.push_back(
          {file, changed.empty() ? "the configuration stays the same"
                                 : fmt::format("the configuration gets {} (new options have their "
                                               "default)",
                                               fmt::join(texts, ", "))});
    if (!changed.empty())
      tree_.files.emplace(header, headerVersions);
  }

  SourceTree &tree_;
  const std::vector<RecordedCommand> &commands_;
  const MadeFiles &made_;
  LazyBuildSystem &build_;
  BuildFileVerdict verdict_;
};

} // namespace

llvm::Expected<BuildFileVerdict> judgeBuildFiles(SourceTree &tree,
                                                 const std::vector<RecordedCommand> &commands,
                                                 const MadeFiles &made, LazyBuildSystem &build) {
  return Judge(tree, commands, made, build).judge();
}

} // namespace suture::builder

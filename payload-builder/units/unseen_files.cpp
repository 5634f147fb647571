// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/unseen_files.h"

#include "payload-builder/units/build_rules.h"

#include <algorithm>
#include <llvm/Support/Path.h>

namespace suture::builder {
namespace {

namespace path = llvm::sys::path;

enum class FileKind { Source, Assembly, LinkerScript, BuildFile, Other };

FileKind kindOf(llvm::StringRef file) {
  const llvm::StringRef name = path::filename(file);
  if (name.ends_with(".lds") || name.ends_with(".lds.S") || name.ends_with(".ld"))
    return FileKind::LinkerScript;
  if (const auto language = languageOf(file))
    return *language == Language::Assembly ? FileKind::Assembly : FileKind::Source;
  if (isBuildFile(name) || name.starts_with("Kconfig"))
    return FileKind::BuildFile;
  return FileKind::Other;
}

/// Whether one path ends in the other, by whole components.
bool isPathSuffix(llvm::StringRef longer, llvm::StringRef shorter) {
  return longer.ends_with(shorter) &&
         (longer.size() == shorter.size() || longer[longer.size() - shorter.size() - 1] == '/');
}

class UnseenFiles final {
public:
  UnseenFiles(const UnitsRequest &request, UnitsResult &result)
      : request_(request), result_(result) {
    const std::string below = request.tree.root + "/";
    for (const RecordedCommand &recorded : request.commands) {
      llvm::StringRef source = recorded.source;
      source.consume_front(below);
      unitFolders_.insert(path::parent_path(source).str());
    }
  }

  void judge(const std::string &file);

private:
  bool mayBeInTarget(const std::string &file) const;
  void refuse(RefusalCode code, const std::string &file, std::string reason, std::string advice) {
    result_.refusals.push_back(
        {Stage::Units, code, {file, 0, 0}, "", std::move(reason), std::move(advice)});
  }

  const UnitsRequest &request_;
  UnitsResult &result_;
  std::set<std::string> unitFolders_;
};

/// The symbol table may have a name without its folders, or the same name of several folders. One
/// that another file's recorded command accounts for does not speak for this file.
bool UnseenFiles::mayBeInTarget(const std::string &file) const {
  if (!request_.source.targetFiles)
    return true;
  return std::ranges::any_of(*request_.source.targetFiles, [&](const std::string &name) {
    if (path::filename(name) != path::filename(file))
      return false;
    const bool isAnothers =
        name.contains('/') && !isPathSuffix(file, name) && !isPathSuffix(name, file) &&
        std::ranges::any_of(request_.commands, [&](const RecordedCommand &recorded) {
          return isPathSuffix(recorded.source, name);
        });
    return !isAnothers;
  });
}

void UnseenFiles::judge(const std::string &file) {
  bool isNew = !request_.tree.files.at(file).base().has_value();
  bool inTarget = mayBeInTarget(file);
  switch (kindOf(file)) {
  case FileKind::Source:
    if (isNew)
      refuse(RefusalCode::NoCompileCommand, file,
             "the diff adds a source file, which has no "
             "compile command",
             "Put the new code into a file that the target is compiled from.");
    else if (inTarget)
      refuse(RefusalCode::NoCompileCommand, file,
             "no compile command names this file, and none that is recorded reads it",
             "If it is not part of the target, leave it out of the diff; if it is, build the "
             "target and name its compile_commands.json (--compile-commands).");
    else
      result_.dismissed.push_back({file, "not compiled into the target"});
    return;
  case FileKind::Assembly:
    if (inTarget && request_.source.targetFiles)
      refuse(RefusalCode::AssemblyFile, file,
             "an assembly file of the target changes, and no compile command names it",
             "Leave its change out if the fix is of use without it; otherwise it takes a reboot.");
    else
      result_.dismissed.push_back({file, "no unit of this build reads it"});
    return;
  case FileKind::LinkerScript:
    refuse(RefusalCode::LinkerScriptFile, file, "a linker script changes",
           "A livepatch cannot change how the target is laid out.");
    return;
  case FileKind::BuildFile: {
    // It is of the target's build if a unit lies in its folder or below.
    std::string folder = path::parent_path(file).str();
    bool relevant = folder.empty() || std::ranges::any_of(unitFolders_, [&](const std::string &of) {
                      return of == folder || of.starts_with(folder + "/");
                    });
    const FileVersions &versions = request_.tree.files.at(file);
    if (versions.base() && versions.patched() &&
        haveSameRules(*versions.base(), *versions.patched()))
      result_.dismissed.push_back({file, "only comments and white space differ"});
    else if (relevant)
      refuse(RefusalCode::BuildFile, file, "a build file changes",
             "What it changes in the target's build cannot be told; leave it out of the diff if "
             "the fix does not need it.");
    else
      result_.dismissed.push_back({file, "a build file, but not of the target's folders"});
    return;
  }
  case FileKind::Other:
    result_.dismissed.push_back({file, "no unit of this build reads it"});
    return;
  }
}

} // namespace

void judgeUnseenFiles(const UnitsRequest &request, const std::set<std::string> &files,
                      UnitsResult &result) {
  UnseenFiles unseen(request, result);
  for (const std::string &file : files)
    if (!request.accounted.contains(file))
      unseen.judge(file);
}

} // namespace suture::builder

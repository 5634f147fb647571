// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/diff/read_diff.h"

// A tree here is the texts of the files that diffs touch; everything else stays on disk and is read
// by whoever needs it. Diffs come in layers: one for each lower payload, from the bottom of the
// stack up, and one for what is being built, which may consist of several files. A layer starts as
// a copy of the one below it; each file's part of a diff then replaces a text, or takes one away.

#include "payload-builder/diff/apply_patch.h"
#include "payload-builder/diff/line_map.h"
#include "payload-builder/diff/patch_text.h"
#include "payload-builder/diff/tree_files.h"

#include <fmt/format.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/Support/FileSystem.h>
#include <utility>

namespace suture::builder {
namespace {

constexpr uint32_t ModeTypeMask = 0170000, ModeSymlink = 0120000, ModeSubmodule = 0160000;

class Layers final {
public:
  Layers(const DiffRequest &request, std::string root) : request_(request) {
    result_.tree.root = std::move(root);
  }

  llvm::Error apply(const DiffText &diff);
  /// What was applied so far is one layer; the next diffs go on top of it.
  void closeLayer();
  DiffResult take() { return std::move(result_); }

private:
  llvm::Error applyFile(const DiffText &diff, const FilePatch &patch);
  llvm::Error applyText(const DiffText &diff, const FilePatch &patch, const std::string &basePath,
                        const std::string &patchedPath);
  /// The path's resolved form, or nullopt where it was refused.
  std::optional<std::string> resolve(const DiffText &diff, const FilePatch &patch,
                                     const std::string &path);
  llvm::Expected<FileText *> current(const std::string &path);
  void refuse(RefusalCode code, SourceLocation location, std::string subject, std::string reason,
              std::string advice) {
    result_.refusals.push_back({Stage::Diff, code, std::move(location), std::move(subject),
                                std::move(reason), std::move(advice)});
  }

  const DiffRequest &request_;
  DiffResult result_;
  /// Layers closed so far.
  size_t layers_ = 0;
};

/// The file's text in the layer being built.
llvm::Expected<FileText *> Layers::current(const std::string &path) {
  auto [entry, isNew] = result_.tree.files.try_emplace(path);
  FileVersions &versions = entry->second;
  if (isNew) {
    FileText original;
    if (auto standIn = request_.originals.find(path); standIn != request_.originals.end()) {
      original = standIn->second;
    } else {
      auto onDisk = readTreeFile(result_.tree.root, path);
      if (!onDisk)
        return onDisk.takeError();
      original = std::move(*onDisk);
    }
    // The same in all layers below.
    versions.history.assign(layers_ + 2, original);
  }
  return &versions.history.back();
}

void Layers::closeLayer() {
  ++layers_;
  for (auto &[path, versions] : result_.tree.files)
    versions.history.push_back(versions.history.back());
}

std::optional<std::string> Layers::resolve(const DiffText &diff, const FilePatch &patch,
                                           const std::string &path) {
  TreePath resolved = resolveTreePath(result_.tree.root, path);
  SourceLocation place{diff.name, patch.diffLine, 0};
  switch (resolved.problem) {
  case PathProblem::None:
    return resolved.path;
  case PathProblem::LeavesTree:
    refuse(RefusalCode::PathOutsideTree, place, path, "the path leaves the source tree",
           "A diff's paths are relative to the root of the source tree (--source).");
    break;
  case PathProblem::Reserved:
    refuse(RefusalCode::PathOutsideTree, place, path, "the path is not that of a source file", "");
    break;
  case PathProblem::SymbolicLink:
    refuse(RefusalCode::SpecialFile, place, path, "the file is a symbolic link",
           "Make the change in the file that it leads to.");
    break;
  case PathProblem::NotAFile:
    refuse(RefusalCode::SpecialFile, place, path, "not a regular file", "");
    break;
  }
  return std::nullopt;
}

llvm::Error Layers::applyText(const DiffText &diff, const FilePatch &patch,
                              const std::string &basePath, const std::string &patchedPath) {
  std::string text;
  if (!basePath.empty()) {
    auto base = current(basePath);
    if (!base)
      return base.takeError();
    const FileText &onBase = **base;
    if (!onBase) {
      refuse(RefusalCode::HunkDoesNotApply, {diff.name, patch.diffLine, 0}, basePath,
             fmt::format("no such file below {}", result_.tree.root),
             "Is the diff made against another revision, or from another folder (--source)?");
      return llvm::Error::success();
    }
    text = *onBase;
  }
  AppliedPatch applied = applyHunks(text, patch.hunks);
  for (const HunkMismatch &mismatch : applied.mismatches)
    refuse(RefusalCode::HunkDoesNotApply,
           {basePath.empty() ? patchedPath : basePath, mismatch.line, 0},
           fmt::format("{}:{}", diff.name, mismatch.diffLine),
           "the hunk does not apply: " + mismatch.message,
           "Make the diff against the source that the target and the payloads under this one were "
           "built from.");
  if (!applied.mismatches.empty())
    return llvm::Error::success();

  if (!patchedPath.empty() && patchedPath != basePath) {
    auto patched = current(patchedPath);
    if (!patched)
      return patched.takeError();
    FileText &onPatched = **patched;
    if (onPatched) {
      refuse(RefusalCode::HunkDoesNotApply, {diff.name, patch.diffLine, 0}, patchedPath,
             "the diff adds this file, and it exists already", "");
      return llvm::Error::success();
    }
    onPatched = std::move(applied.text);
  }
  if (basePath.empty() || patch.copy)
    return llvm::Error::success();
  auto base = current(basePath);
  if (!base)
    return base.takeError();
  FileText &onBase = **base;
  if (patchedPath == basePath)
    onBase = std::move(applied.text);
  else if (patchedPath.empty() && !applied.text.empty())
    refuse(RefusalCode::HunkDoesNotApply, {basePath, 1, 0},
           fmt::format("{}:{}", diff.name, patch.diffLine),
           "the diff removes this file, and it has lines that the diff does not know", "");
  else
    onBase.reset();
  return llvm::Error::success();
}

llvm::Error Layers::applyFile(const DiffText &diff, const FilePatch &patch) {
  const std::string &name = patch.patchedPath.empty() ? patch.basePath : patch.patchedPath;
  SourceLocation place{diff.name, patch.diffLine, 0};
  for (uint32_t mode : {patch.baseMode, patch.patchedMode})
    if ((mode & ModeTypeMask) == ModeSymlink || (mode & ModeTypeMask) == ModeSubmodule) {
      refuse(RefusalCode::SpecialFile, place, name,
             (mode & ModeTypeMask) == ModeSymlink ? "the diff changes a symbolic link"
                                                  : "the diff changes a submodule",
             "Leave it out of the diff if the code does not need it.");
      return llvm::Error::success();
    }
  if (patch.binary) {
    refuse(RefusalCode::BinaryFile, place, name, "the diff changes a binary file",
           "Leave it out of the diff if the code does not need it.");
    return llvm::Error::success();
  }
  std::optional<std::string> basePath = std::string(), patchedPath = std::string();
  if (!patch.basePath.empty())
    basePath = resolve(diff, patch, patch.basePath);
  if (!patch.patchedPath.empty() && patch.patchedPath == patch.basePath)
    patchedPath = basePath;
  else if (!patch.patchedPath.empty())
    patchedPath = resolve(diff, patch, patch.patchedPath);
  if (!basePath || !patchedPath)
    return llvm::Error::success();
  return applyText(diff, patch, *basePath, *patchedPath);
}

llvm::Error Layers::apply(const DiffText &diff) {
  auto files = parsePatchText(diff.text, diff.name);
  if (!files)
    return files.takeError();
  for (const FilePatch &file : *files)
    if (auto failed = applyFile(diff, file))
      return failed;
  return llvm::Error::success();
}

/// How a file's text went from one state to the next, in a word.
std::string_view stepName(const FileText &before, const FileText &after) {
  if (!before)
    return after ? "added" : "absent";
  if (!after)
    return "removed";
  return *before == *after ? "unchanged" : "changed";
}

} // namespace

llvm::Expected<DiffResult> readDiff(const DiffRequest &request) {
  llvm::SmallString<256> root;
  if (auto error = llvm::sys::fs::real_path(request.root, root))
    return llvm::createFileError(request.root, error);
  if (!llvm::sys::fs::is_directory(root))
    return llvm::createFileError(request.root, std::make_error_code(std::errc::not_a_directory));
  if (request.patches.empty())
    return llvm::createStringError("no diff is given");

  Layers layers(request, std::string(root));
  for (const DiffText &lower : request.lowerDiffs) {
    if (auto failed = layers.apply(lower))
      return failed;
    layers.closeLayer();
  }
  std::string text;
  for (const DiffText &patch : request.patches) {
    if (auto failed = layers.apply(patch))
      return failed;
    text += patch.text;
    if (!text.ends_with('\n'))
      text += '\n';
  }
  DiffResult result = layers.take();
  result.tree.diffText = std::move(text);
  sortRefusals(result.refusals);
  return result;
}

std::string dump(const DiffResult &result) {
  std::string text;
  for (const auto &[path, versions] : result.tree.files) {
    text += path + ':';
    for (size_t i = 1; i < versions.history.size(); ++i)
      text += fmt::format(" {}", stepName(versions.history[i - 1], versions.history[i]));
    text += '\n';
    if (!versions.base() || !versions.patched())
      continue;
    for (const ChangedLines &range : LineMap(*versions.base(), *versions.patched()).changes())
      text += fmt::format("  {}+{} -> {}+{}\n", range.baseLine, range.baseCount, range.patchedLine,
                          range.patchedCount);
  }
  for (const Refusal &refusal : result.refusals)
    text += "refused: " + toString(refusal);
  return text;
}

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/diff/git_diff.h"

#include "payload-builder/diff/git_library.h"

#include <fmt/format.h>
#include <git2.h>
#include <git2/sys/mempack.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/Support/FileSystem.h>

namespace suture::builder {
namespace {

using Repository = GitPointer<git_repository, git_repository_free>;
using Tree = GitPointer<git_tree, git_tree_free>;
using Object = GitPointer<git_object, git_object_free>;
using Blob = GitPointer<git_blob, git_blob_free>;

llvm::Error gitError(std::string_view what) {
  const git_error *last = git_error_last();
  return llvm::createStringError(
      fmt::format("{}: {}", what, last ? last->message : "unknown git error"));
}

llvm::Expected<Repository> openRepository(const std::string &root) {
  git_repository *raw = nullptr;
  if (git_repository_open_ext(&raw, root.c_str(), 0, nullptr))
    return gitError(root);
  Repository repository(raw);
  if (!git_repository_workdir(raw))
    return llvm::createStringError(fmt::format("{}: the repository has no work tree", root));
  return repository;
}

/// The tree of a revision, or of its folder that is the source root: paths in the diff are then
/// relative to the source root by themselves.
llvm::Expected<Tree> treeBelow(git_repository *repository, const std::string &root, Tree top) {
  llvm::SmallString<256> workTree, realRoot;
  if (auto error = llvm::sys::fs::real_path(git_repository_workdir(repository), workTree))
    return llvm::createFileError(git_repository_workdir(repository), error);
  if (auto error = llvm::sys::fs::real_path(root, realRoot))
    return llvm::createFileError(root, error);
  if (workTree == realRoot)
    return top;
  std::string below = realRoot.substr(workTree.size() + 1).str();
  git_tree_entry *rawEntry = nullptr;
  if (git_tree_entry_bypath(&rawEntry, top.get(), below.c_str()))
    return gitError(root);
  GitPointer<git_tree_entry, git_tree_entry_free> entry(rawEntry);
  git_object *object = nullptr;
  if (git_tree_entry_type(rawEntry) != GIT_OBJECT_TREE ||
      git_tree_entry_to_object(&object, repository, rawEntry))
    return gitError(root);
  return Tree(reinterpret_cast<git_tree *>(object));
}

llvm::Expected<Tree> treeOf(git_repository *repository, const std::string &root,
                            const git_object *revision, std::string_view name) {
  git_object *tree = nullptr;
  if (!revision || git_object_peel(&tree, revision, GIT_OBJECT_TREE))
    return gitError(name);
  return treeBelow(repository, root, Tree(reinterpret_cast<git_tree *>(tree)));
}

/// The base text of each file that a diff touches.
llvm::Error readOriginals(git_repository *repository, const git_diff *diff, GitDiff &result) {
  for (size_t i = 0; i < git_diff_num_deltas(diff); ++i) {
    const git_diff_delta *delta = git_diff_get_delta(diff, i);
    if (delta->status == GIT_DELTA_ADDED) {
      result.originals[delta->new_file.path] = std::nullopt;
      continue;
    }
    git_blob *raw = nullptr;
    // A submodule has no blob; readDiff() refuses it by its mode.
    if (delta->old_file.mode == GIT_FILEMODE_COMMIT)
      continue;
    if (git_blob_lookup(&raw, repository, &delta->old_file.id))
      return gitError(delta->old_file.path);
    Blob blob(raw);
    result.originals[delta->old_file.path] =
        std::string(static_cast<const char *>(git_blob_rawcontent(raw)),
                    static_cast<size_t>(git_blob_rawsize(raw)));
  }
  return llvm::Error::success();
}

llvm::Expected<GitDiff> diffTrees(git_repository *repository, std::string name, git_tree *base,
                                  git_tree *patched) {
  git_diff_options options;
  git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
  git_diff *raw = nullptr;
  if (git_diff_tree_to_tree(&raw, repository, base, patched, &options))
    return gitError(name);
  GitPointer<git_diff, git_diff_free> diff(raw);
  GitDiff result;
  if (!git_diff_num_deltas(raw))
    return llvm::createStringError(fmt::format("{}: nothing changed", name));
  git_buf text = GIT_BUF_INIT;
  if (git_diff_to_buf(&text, raw, GIT_DIFF_FORMAT_PATCH))
    return gitError(name);
  result.diff = {std::move(name), std::string(text.ptr, text.size)};
  git_buf_dispose(&text);
  if (auto failed = readOriginals(repository, raw, result))
    return failed;
  return result;
}

/// The index as a tree. Writing a tree writes objects: into memory, for the tree on disk, its .git
/// included, is not ours to write to.
llvm::Expected<Tree> stagedTree(git_repository *repository) {
  git_odb *odb = nullptr;
  git_odb_backend *memory = nullptr;
  git_index *index = nullptr;
  if (git_repository_odb(&odb, repository))
    return gitError("object database");
  GitPointer<git_odb, git_odb_free> odbOwner(odb);
  constexpr int AheadOfAllOthers = 1000;
  if (git_mempack_new(&memory) || git_odb_add_backend(odb, memory, AheadOfAllOthers) ||
      git_repository_index(&index, repository))
    return gitError("index");
  GitPointer<git_index, git_index_free> indexOwner(index);
  git_oid id;
  git_tree *tree = nullptr;
  if (git_index_write_tree(&id, index) || git_tree_lookup(&tree, repository, &id))
    return gitError("index");
  return Tree(tree);
}

} // namespace

llvm::Expected<GitDiff> readGitRange(const std::string &root, std::string_view range) {
  GitLibrary library;
  auto repository = openRepository(root);
  if (!repository)
    return repository.takeError();
  std::string name(range);
  git_revspec spec{};
  if (git_revparse(&spec, repository->get(), name.c_str()))
    return gitError(name);
  Object from(spec.from), to(spec.to);
  if (spec.flags != GIT_REVSPEC_RANGE)
    return llvm::createStringError(fmt::format("{}: not a range of the form A..B", name));
  auto base = treeOf(repository->get(), root, from.get(), name);
  if (!base)
    return base.takeError();
  auto patched = treeOf(repository->get(), root, to.get(), name);
  if (!patched)
    return patched.takeError();
  return diffTrees(repository->get(), std::move(name), base->get(), patched->get());
}

llvm::Expected<GitDiff> readGitStaged(const std::string &root) {
  GitLibrary library;
  auto repository = openRepository(root);
  if (!repository)
    return repository.takeError();
  git_object *raw = nullptr;
  if (git_revparse_single(&raw, repository->get(), "HEAD"))
    return gitError("HEAD");
  Object head(raw);
  auto base = treeOf(repository->get(), root, raw, "HEAD");
  if (!base)
    return base.takeError();
  auto staged = stagedTree(repository->get());
  if (!staged)
    return staged.takeError();
  auto patched = treeBelow(repository->get(), root, std::move(*staged));
  if (!patched)
    return patched.takeError();
  return diffTrees(repository->get(), "staged changes", base->get(), patched->get());
}

} // namespace suture::builder

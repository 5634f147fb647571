// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/diff/tree_files.h"

#include <algorithm>
#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

namespace suture::builder {
namespace {

namespace fs = llvm::sys::fs;

PathProblem problemOfName(std::string_view path) {
  if (path.empty() || path.front() == '/')
    return PathProblem::LeavesTree;
  if (std::ranges::any_of(path, [](char c) { return static_cast<unsigned char>(c) < ' '; }))
    return PathProblem::Reserved;
  llvm::SmallVector<llvm::StringRef, 8> parts;
  llvm::SplitString(path, parts, "/");
  for (llvm::StringRef part : parts) {
    if (part == "..")
      return PathProblem::LeavesTree;
    if (part == ".git")
      return PathProblem::Reserved;
  }
  return PathProblem::None;
}

} // namespace

TreePath resolveTreePath(const std::string &root, std::string_view path) {
  if (PathProblem problem = problemOfName(path); problem != PathProblem::None)
    return {problem, std::string(path)};
  llvm::SmallString<256> full(root);
  llvm::sys::path::append(full, path);
  llvm::sys::path::remove_dots(full);

  // The nearest folder that exists decides where a file below it would lie.
  llvm::StringRef folder = llvm::sys::path::parent_path(full);
  llvm::SmallString<256> real;
  while (fs::real_path(folder, real) && folder.size() > root.size())
    folder = llvm::sys::path::parent_path(folder);
  std::string below = full.substr(folder.size() + 1).str();
  if (real != root && !real.starts_with(root + "/"))
    return {PathProblem::LeavesTree, std::string(path)};
  std::string resolved = real == root ? below : (real.substr(root.size() + 1) + "/" + below).str();

  fs::file_status status;
  if (!fs::status(full, status, /*follow=*/false)) {
    if (status.type() == fs::file_type::symlink_file)
      return {PathProblem::SymbolicLink, resolved};
    if (status.type() != fs::file_type::regular_file)
      return {PathProblem::NotAFile, resolved};
  }
  return {PathProblem::None, resolved};
}

llvm::Expected<FileText> readTreeFile(const std::string &root, const std::string &path) {
  std::string full = root + "/" + path;
  auto buffer =
      llvm::MemoryBuffer::getFile(full, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer) {
    // A path whose parent is a file names no file either.
    if (buffer.getError() == std::errc::no_such_file_or_directory ||
        buffer.getError() == std::errc::not_a_directory)
      return FileText();
    return llvm::createFileError(full, buffer.getError());
  }
  return FileText((*buffer)->getBuffer().str());
}

} // namespace suture::builder

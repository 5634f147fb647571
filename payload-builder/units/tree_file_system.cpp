// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/tree_file_system.h"

#include "payload-builder/support/files_read.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

namespace suture::builder {

namespace {

namespace vfs = llvm::vfs;

class TextFile final : public vfs::File {
public:
  TextFile(vfs::Status status, const std::string &text) : status_(std::move(status)), text_(text) {}

  llvm::ErrorOr<vfs::Status> status() override { return status_; }
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> getBuffer(const llvm::Twine &name, int64_t,
                                                               bool, bool) override {
    // The text outlives every front end that reads it, and a std::string ends in a NUL.
    return llvm::MemoryBuffer::getMemBuffer(text_, name.str());
  }
  std::error_code close() override { return {}; }

private:
  vfs::Status status_;
  const std::string &text_;
};

} // namespace

TreeFileSystem::TreeFileSystem(const SourceTree &tree, TreeState state,
                               const std::string &directory)
    : ProxyFileSystem(tree.filesRead ? tree.filesRead->fileSystem()
                                     : vfs::createPhysicalFileSystem()),
      tree_(tree), paths_(tree.root) {
  for (const auto &[path, versions] : tree.files) {
    entries_.emplace(path, Entry{&textIn(versions, state), vfs::getNextVirtualUniqueID()});
    names_.insert(llvm::sys::path::filename(path).str());
  }
  // A folder that is gone shows as files that are not found.
  static_cast<void>(setCurrentWorkingDirectory(directory));
}

std::optional<std::string> TreeFileSystem::changedPath(llvm::StringRef path) {
  // Nearly every path is that of an unchanged file; most are known by their last part.
  if (!names_.contains(llvm::sys::path::filename(path)))
    return std::nullopt;
  llvm::SmallString<256> full(path);
  if (makeAbsolute(full))
    return std::nullopt;
  std::string found = pathInTree(tree_.root, paths_.of("", full));
  if (!tree_.files.contains(found))
    return std::nullopt;
  return found;
}

TreeFileSystem::Entry *TreeFileSystem::find(const llvm::Twine &path) {
  llvm::SmallString<256> storage;
  auto changed = changedPath(path.toStringRef(storage));
  return changed ? &entries_.at(*changed) : nullptr;
}

vfs::Status TreeFileSystem::statusOf(const Entry &entry, const llvm::Twine &path) const {
  return vfs::Status(path, entry.id, llvm::sys::TimePoint<>(), 0, 0, (*entry.text)->size(),
                     llvm::sys::fs::file_type::regular_file, llvm::sys::fs::all_read);
}

std::optional<ContentHash> *TreeFileSystem::record(const llvm::Twine &path) {
  llvm::SmallString<256> full;
  path.toVector(full);
  if (!recording_ || makeAbsolute(full))
    return nullptr;
  return &reads_[std::string(full)];
}

void TreeFileSystem::recordMissing(const llvm::Twine &path, std::error_code error) {
  if (error == std::errc::no_such_file_or_directory)
    record(path);
}

llvm::ErrorOr<vfs::Status> TreeFileSystem::status(const llvm::Twine &path) {
  const Entry *entry = find(path);
  llvm::ErrorOr<vfs::Status> result =
      !entry         ? ProxyFileSystem::status(path)
      : *entry->text ? llvm::ErrorOr<vfs::Status>(statusOf(*entry, path))
                     : std::make_error_code(std::errc::no_such_file_or_directory);
  recordMissing(path, result.getError());
  return result;
}

llvm::ErrorOr<std::unique_ptr<vfs::File>> TreeFileSystem::openFileForRead(const llvm::Twine &path) {
  const Entry *entry = find(path);
  if (entry && !*entry->text) {
    record(path);
    return std::make_error_code(std::errc::no_such_file_or_directory);
  }
  if (entry) {
    if (std::optional<ContentHash> *hash = record(path))
      *hash = contentHash(**entry->text);
    return std::make_unique<TextFile>(statusOf(*entry, path), **entry->text);
  }
  auto file = ProxyFileSystem::openFileForRead(path);
  recordMissing(path, file.getError());
  std::optional<ContentHash> *hash = file ? record(path) : nullptr;
  if (!hash)
    return file;
  // Now, not when it is read: Clang may find that it has the file already by another name.
  auto content = (*file)->getBuffer(path, -1, /*RequiresNullTerminator=*/false);
  if (content)
    *hash = contentHash((*content)->getBuffer());
  // A file gives its content once.
  return ProxyFileSystem::openFileForRead(path);
}

bool TreeFileSystem::exists(const llvm::Twine &path) {
  const Entry *entry = find(path);
  const bool found = entry ? entry->text->has_value() : ProxyFileSystem::exists(path);
  if (!found)
    record(path);
  return found;
}

} // namespace suture::builder

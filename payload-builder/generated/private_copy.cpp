// SPDX-License-Identifier: Apache-2.0
// The compiler's shadow tree is made of links, because a compiler only reads. A recipe writes: `>
// header.h` through a link would change the user's tree. So the build system gets copies. They are
// cheap: what is copied is source and small products (2,200 files, 33 MB of Xen's hypervisor).
//
// Modification times come along: make must find everything up to date but what is changed here.
#include "payload-builder/generated/private_copy.h"

#include "payload-builder/support/text_file.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <set>
#include <sys/stat.h>
#include <utility>

namespace suture::builder {

namespace {

namespace fs = std::filesystem;

/// Larger files are products: images, maps.
constexpr uintmax_t largestCopied = 4 << 20;

bool isLeftOut(const fs::path &name) {
  // Dependency files and saved commands name the tree's own files: make would look at those.
  static const std::set<std::string> extensions = {".o",   ".a", ".so", ".gz",
                                                   ".efi", ".d", ".d2", ".cmd"};
  return name == ".git" || extensions.contains(name.extension().string());
}

llvm::Error copyTimes(const fs::path &from, const fs::path &to) {
  struct stat status = {};
  if (stat(from.c_str(), &status) != 0)
    return llvm::createFileError(from.string(), std::error_code(errno, std::generic_category()));
  const timespec times[] = {status.st_atim, status.st_mtim};
  if (utimensat(AT_FDCWD, to.c_str(), times, 0) != 0)
    return llvm::createFileError(to.string(), std::error_code(errno, std::generic_category()));
  return llvm::Error::success();
}

class Copier final {
public:
  Copier(fs::path root, fs::path copy) : root_(std::move(root)), copy_(std::move(copy)) {}

  llvm::Error copy(const fs::path &folder) const {
    std::error_code error;
    fs::create_directories(copy_ / folder, error);
    if (error)
      return llvm::createFileError((copy_ / folder).string(), error);
    fs::directory_iterator entries(root_ / folder, error);
    if (error)
      return llvm::createFileError((root_ / folder).string(), error);
    for (const fs::directory_entry &entry : entries)
      if (!isLeftOut(entry.path().filename()))
        if (llvm::Error failed = copyEntry(entry, folder / entry.path().filename()))
          return failed;
    return llvm::Error::success();
  }

private:
  llvm::Error copyEntry(const fs::directory_entry &entry, const fs::path &below) const {
    std::error_code error;
    if (entry.is_symlink(error))
      return copyLink(entry.path(), below);
    if (entry.is_directory(error))
      return copy(below);
    if (!entry.is_regular_file(error) || entry.file_size(error) > largestCopied)
      return llvm::Error::success();
    fs::copy_file(entry.path(), copy_ / below, error);
    if (error)
      return llvm::createFileError((copy_ / below).string(), error);
    return copyTimes(entry.path(), copy_ / below);
  }

  /// A link inside the tree leads to the same place in the copy, any other to where it led.
  llvm::Error copyLink(const fs::path &link, const fs::path &below) const {
    std::error_code error;
    const fs::path target = fs::read_symlink(link, error);
    const fs::path real = fs::weakly_canonical(link, error);
    const fs::path inside = error ? fs::path() : real.lexically_relative(root_);
    const bool isInside = !inside.empty() && *inside.begin() != "..";
    fs::path shown = isInside ? copy_ / inside : real;
    if (isInside && target.is_relative())
      shown = target;
    fs::create_symlink(shown, copy_ / below, error);
    return error ? llvm::createFileError((copy_ / below).string(), error) : llvm::Error::success();
  }

  const fs::path root_, copy_;
};

} // namespace

llvm::Expected<PrivateCopy> PrivateCopy::create(const std::string &root) {
  auto folder = TempDir::create();
  if (!folder)
    return folder.takeError();
  PrivateCopy result(std::move(*folder), root);
  if (llvm::Error error = Copier(root, result.path()).copy(""))
    return error;
  return result;
}

llvm::Error PrivateCopy::show(const std::map<std::string, FileVersions> &files,
                              size_t version) const {
  for (const auto &[path, versions] : files) {
    const fs::path file = fs::path(folder_.path()) / path;
    const FileText &text = versions.history[version];
    std::error_code error;
    if (!text) {
      fs::remove(file, error);
      continue;
    }
    fs::create_directories(file.parent_path(), error);
    if (error)
      return llvm::createFileError(file.parent_path().string(), error);
    if (llvm::Error failed = writeFile(file.string(), *text))
      return failed;
  }
  return llvm::Error::success();
}

std::string PrivateCopy::untranslate(std::string text) const {
  for (size_t at = text.find(path()); at != std::string::npos;
       at = text.find(path(), at + root_.size()))
    text.replace(at, path().size(), root_);
  return text;
}

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/support/temp_dir.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <set>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace suture::builder {

namespace {

/// The folders that are alive. The one exception to "no state at namespace scope": an interrupted
/// process can clean up only what it can find without its stack.
struct Registry {
  std::mutex mutex;
  std::set<std::string, std::less<>> paths;
};

Registry &registry() {
  static Registry instance;
  return instance;
}

/// A shadow tree is thousands of links. In memory one costs a few us; on a disk's file system that
/// others use, too, it took 650 us, and half of the processor time of a build.
const char *usualParent() {
  constexpr const char *memory = "/dev/shm";
  std::error_code error;
  return std::filesystem::is_directory(memory, error) && ::access(memory, W_OK | X_OK) == 0
             ? memory
             : "/tmp";
}

void removeTree(const std::string &path) {
  // A folder that cannot be removed stays: nothing depends on it, and a destructor cannot report.
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

} // namespace

llvm::Expected<TempDir> TempDir::create() {
  const char *wanted = std::getenv("TMPDIR");
  const char *parent = wanted != nullptr && *wanted != '\0' ? wanted : usualParent();
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::canonical(parent, error);
  if (error)
    return llvm::createStringError(error, "%s: no folder for temporary files", parent);
  std::string path = (folder / "suture-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr)
    return llvm::createStringError(std::error_code(errno, std::generic_category()),
                                   "%s: cannot make a temporary folder", folder.c_str());
  return TempDir(std::move(path));
}

TempDir::TempDir(std::string path) : path_(std::move(path)) {
  const std::lock_guard<std::mutex> lock(registry().mutex);
  registry().paths.insert(path_);
}

TempDir::TempDir(TempDir &&other) noexcept : path_(std::exchange(other.path_, {})) {}

TempDir &TempDir::operator=(TempDir &&other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TempDir::~TempDir() {
  if (path_.empty())
    return;
  removeTree(path_);
  const std::lock_guard<std::mutex> lock(registry().mutex);
  registry().paths.erase(path_);
}

void removeTempDirsAtInterrupt() {
  const std::lock_guard<std::mutex> lock(registry().mutex);
  for (const std::string &path : registry().paths)
    removeTree(path);
}

} // namespace suture::builder

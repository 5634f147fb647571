// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs/companion.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <unistd.h>
#include <vector>

namespace suture::verbs {

using client::ErrorKind;
using client::Expected;

namespace {

constexpr Companion builder{"suture-build", "payload-builder/tool", "it makes and reads payloads"};
constexpr Companion bench{"suture-bench", "benchmarks", "it measures"};

struct VerbRow {
  std::string_view verb;
  const Companion *companion;
};

constexpr std::array verbs{VerbRow{"build", &builder}, VerbRow{"inspect", &builder},
                           VerbRow{"verify", &builder}, VerbRow{"bench", &bench}};

bool isProgram(const std::filesystem::path &path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
}

std::vector<std::filesystem::path> foldersOnPath() {
  std::vector<std::filesystem::path> folders;
  const char *variable = std::getenv("PATH");
  std::string_view rest = variable != nullptr ? variable : "";
  while (!rest.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
    if (folder.starts_with('/'))
      folders.emplace_back(folder);
  }
  return folders;
}

std::filesystem::path ownPath() {
  std::error_code error; // without /proc, PATH alone is searched
  return std::filesystem::read_symlink("/proc/self/exe", error);
}

} // namespace

const Companion *companionFor(std::string_view verb) {
  for (const VerbRow &row : verbs) {
    if (row.verb == verb)
      return row.companion;
  }
  return nullptr;
}

Expected<std::string> findCompanion(const Companion &companion) {
  std::vector<std::filesystem::path> folders = foldersOnPath();
  if (const std::filesystem::path self = ownPath(); !self.empty()) {
    const std::filesystem::path own = self.parent_path();
    folders.insert(folders.begin(), {own, own.parent_path() / companion.buildFolder});
  }
  for (const std::filesystem::path &folder : folders) {
    if (isProgram(folder / companion.program))
      return (folder / companion.program).string();
  }
  return client::failure(ErrorKind::Failed, ENOENT,
                         std::string(companion.program) +
                             " is neither beside this program nor on PATH; " +
                             std::string(companion.purpose) + ", and is installed on its own");
}

client::ClientError execCompanion(const Companion &companion, std::span<char *const> arguments) {
  auto path = findCompanion(companion);
  if (!path)
    return path.error();
  if (const std::filesystem::path self = ownPath(); !self.empty())
    setenv("SUTURE", self.c_str(), 1);
  std::string name(companion.program);
  std::vector<char *> vector{name.data()};
  vector.insert(vector.end(), arguments.begin(), arguments.end());
  vector.push_back(nullptr);
  execv(path->c_str(), vector.data());
  return client::systemError("cannot run " + *path, errno);
}

} // namespace suture::verbs

// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs/builder.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <unistd.h>
#include <vector>

namespace suture::verbs {

using client::ErrorKind;
using client::Expected;

namespace {

constexpr char builderName[] = "suture-build";

bool isProgram(const std::filesystem::path &path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
}

std::vector<std::filesystem::path> placesOnPath() {
  std::vector<std::filesystem::path> places;
  const char *variable = std::getenv("PATH");
  std::string_view rest = variable != nullptr ? variable : "";
  while (!rest.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
    if (folder.starts_with('/'))
      places.emplace_back(std::filesystem::path(folder) / builderName);
  }
  return places;
}

} // namespace

Expected<std::string> findBuilder() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  std::vector<std::filesystem::path> places;
  if (!error) {
    places.push_back(self.parent_path() / builderName);
    places.push_back(self.parent_path().parent_path() / "payload-builder" / "tool" / builderName);
  }
  for (std::filesystem::path &place : placesOnPath())
    places.push_back(std::move(place));
  for (const std::filesystem::path &place : places) {
    if (isProgram(place))
      return place.string();
  }
  return client::failure(ErrorKind::Failed, ENOENT,
                         "suture-build is neither beside this program nor on PATH; it makes and "
                         "reads payloads, and is installed on its own");
}

client::ClientError execBuilder(std::span<char *const> arguments) {
  auto path = findBuilder();
  if (!path)
    return path.error();
  std::string self = builderName;
  std::vector<char *> vector{self.data()};
  vector.insert(vector.end(), arguments.begin(), arguments.end());
  vector.push_back(nullptr);
  execv(path->c_str(), vector.data());
  return client::systemError("cannot run " + *path, errno);
}

} // namespace suture::verbs

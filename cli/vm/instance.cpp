// SPDX-License-Identifier: Apache-2.0
#include "cli/vm/instance.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace suture::vm {

using client::ErrorKind;
using client::Expected;
using client::failure;
using client::systemError;
using client::UniqueFd;

namespace {

Expected<void> checkInstanceName(std::string_view name) {
  const auto allowed = [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '-' || character == '_' ||
           character == '.';
  };
  if (name.empty() || name.size() > 64 || name.front() == '.' || name.front() == '-' ||
      !std::ranges::all_of(name, allowed))
    return failure(ErrorKind::Usage, EINVAL,
                   "a VM's name has 1 to 64 letters, digits, '.', '-' or '_'");
  return {};
}

/// Makes `folder` with mode 0700, or makes sure that what is there is ours alone: in a folder that
/// another user made in /tmp, that user could swap our sockets.
Expected<void> ensurePrivateFolder(const std::string &folder) {
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return std::unexpected(systemError("cannot make " + folder, errno));
  struct stat status;
  if (lstat(folder.c_str(), &status) != 0)
    return std::unexpected(systemError("cannot look at " + folder, errno));
  if (!S_ISDIR(status.st_mode) || status.st_uid != geteuid() || (status.st_mode & 077) != 0)
    return failure(ErrorKind::Failed, EPERM,
                   folder + " is not a folder of this user alone (mode 0700)");
  return {};
}

} // namespace

Expected<std::string> stateRoot() {
  const char *runtime = std::getenv("XDG_RUNTIME_DIR");
  std::string root = runtime != nullptr && runtime[0] == '/'
                         ? std::string(runtime) + "/suture"
                         : fmt::format("/tmp/suture-{}", geteuid());
  SUTURE_CLIENT_TRY(ensurePrivateFolder(root));
  return root;
}

Expected<InstancePaths> instancePaths(std::string_view name) {
  SUTURE_CLIENT_TRY(checkInstanceName(name));
  auto root = stateRoot();
  if (!root)
    return std::unexpected(root.error());
  return InstancePaths{*root + "/" + std::string(name)};
}

Expected<void> createFolder(const InstancePaths &paths) {
  return ensurePrivateFolder(paths.folder);
}

Expected<UniqueFd> lockInstance(const InstancePaths &paths) {
  UniqueFd fd(open(paths.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd)
    return std::unexpected(systemError("cannot open " + paths.lock(), errno));
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
    return failure(ErrorKind::TryAgain, errno, paths.lock() + " is held by another process");
  return fd;
}

bool isRunning(const InstancePaths &paths) {
  const UniqueFd fd(open(paths.lock().c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  return fd && flock(fd.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

void removeLeftovers(const InstancePaths &paths) {
  std::error_code ignored; // what cannot be removed shows when it is made again
  for (const auto &entry : std::filesystem::directory_iterator(paths.folder, ignored)) {
    if (entry.path().filename() != "lock")
      std::filesystem::remove(entry.path(), ignored);
  }
}

nlohmann::ordered_json toJson(const InstanceState &state) {
  nlohmann::ordered_json json;
  json["name"] = state.name;
  json["kind"] = state.kind;
  json["image"] = state.image;
  json["guests"] = state.guests;
  json["cpus"] = state.cpus;
  json["memory"] = state.memory;
  json["rendezvousTimeoutNs"] = state.timeoutNs;
  json["brokerPid"] = state.brokerPid;
  json["qemuPid"] = state.qemuPid;
  json["startedAt"] = state.startedAt;
  return json;
}

Expected<InstanceState> readState(const InstancePaths &paths) {
  std::ifstream file(paths.state());
  const auto json = nlohmann::json::parse(file, nullptr, false);
  const auto broken = [&] {
    return failure(ErrorKind::Failed, EPROTO, "cannot read " + paths.state());
  };
  if (!json.is_object())
    return broken();
  try {
    return InstanceState{json.at("name"),
                         json.at("kind"),
                         json.at("image"),
                         json.at("guests"),
                         json.at("cpus"),
                         json.at("memory"),
                         json.at("rendezvousTimeoutNs"),
                         json.at("brokerPid"),
                         json.at("qemuPid"),
                         json.at("startedAt")};
  } catch (const nlohmann::json::exception &) {
    return broken();
  }
}

Expected<void> writeState(const InstancePaths &paths, const InstanceState &state) {
  // A reader sees the old file or the new one, never half of it.
  const std::string temporary = paths.state() + ".new";
  {
    std::ofstream file(temporary, std::ios::trunc);
    file << toJson(state).dump(2) << '\n';
    if (!file.flush())
      return std::unexpected(systemError("cannot write " + temporary, errno));
  }
  if (rename(temporary.c_str(), paths.state().c_str()) != 0)
    return std::unexpected(systemError("cannot write " + paths.state(), errno));
  return {};
}

Expected<std::vector<std::string>> runningInstances() {
  auto root = stateRoot();
  if (!root)
    return std::unexpected(root.error());
  std::vector<std::string> names;
  std::error_code error;
  for (const auto &entry : std::filesystem::directory_iterator(*root, error)) {
    if (isRunning(InstancePaths{entry.path().string()}))
      names.push_back(entry.path().filename().string());
  }
  if (error)
    return std::unexpected(systemError("cannot read " + *root, error.value()));
  std::ranges::sort(names);
  return names;
}

client::ClientError notRunning(std::string_view name) {
  const bool usual = name == defaultInstance;
  return {ErrorKind::Unreachable, ENOENT,
          usual ? std::string("no VM is running: start one with `suture vm start`, or name another "
                              "hypervisor with --target")
                : fmt::format("no VM '{0}' is running: start it with `suture vm start --name {0}`",
                              name)};
}

} // namespace suture::vm

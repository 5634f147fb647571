// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a `suture vm` keeps what belongs to it, and how others find out that it runs.
//
//   ROOT/NAME/lock          held (flock) by the VM's broker for as long as it lives
//            control.sock   frames, for any number of clients
//            manage.sock    status and stop, for `suture vm`
//            state.json     how it was started
//            serial.log     the hypervisor's log
//            console.GUEST.log
//            broker.log     what broker and QEMU had to say
//
// ROOT is $XDG_RUNTIME_DIR/suture, else /tmp/suture-UID: a folder of this user's alone. Whatever
// lies in NAME/ while nobody holds the lock is left over from a VM that was killed.

#include "cli/client/client_error.h"
#include "cli/client/unique_fd.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace suture::vm {

/// The VM that is meant when none is named.
inline constexpr char defaultInstance[] = "default";

/// Files of one instance.
struct InstancePaths {
  std::string folder;

  std::string lock() const { return folder + "/lock"; }
  std::string control() const { return folder + "/control.sock"; }
  std::string manage() const { return folder + "/manage.sock"; }
  std::string state() const { return folder + "/state.json"; }
  std::string serialLog() const { return folder + "/serial.log"; }
  std::string brokerLog() const { return folder + "/broker.log"; }
  std::string consoleLog(std::string_view guest) const {
    return folder + "/console." + std::string(guest) + ".log";
  }
};

/// How a VM was started.
struct InstanceState {
  std::string name;
  /// "suture-hv" or "xen".
  std::string kind;
  std::string image;
  std::vector<std::string> guests;
  unsigned cpus = 0;
  /// In MiB.
  unsigned memory = 0;
  /// Time-out in ns that clients ask for when the user names none.
  uint32_t timeoutNs = 0;
  int brokerPid = 0;
  int qemuPid = 0;
  std::string startedAt;
};

/// The folder that all instances lie in, made where it is missing.
/// Errors: Failed (it is not this user's alone).
client::Expected<std::string> stateRoot();

/// The files of the instance `name`, whether it exists or not.
/// Errors: Usage (the name), Failed (the root is not this user's alone).
client::Expected<InstancePaths> instancePaths(std::string_view name);

/// Makes the instance's folder where it is missing.
client::Expected<void> createFolder(const InstancePaths &paths);

/// Takes the instance's lock; it is held until the descriptor and its copies are closed.
/// Errors: TryAgain with EWOULDBLOCK when another process holds it.
client::Expected<client::UniqueFd> lockInstance(const InstancePaths &paths);

/// Whether somebody holds the lock.
bool isRunning(const InstancePaths &paths);

/// Removes what a VM left behind. The lock must be held.
void removeLeftovers(const InstancePaths &paths);

client::Expected<InstanceState> readState(const InstancePaths &paths);
client::Expected<void> writeState(const InstancePaths &paths, const InstanceState &state);
nlohmann::ordered_json toJson(const InstanceState &state);

/// The names of all instances that run, sorted.
client::Expected<std::vector<std::string>> runningInstances();

/// "no VM is running: start one with `suture vm start`".
client::ClientError notRunning(std::string_view name);

} // namespace suture::vm

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/client/client_error.h"
#include "cli/client/unique_fd.h"
#include "cli/vm/instance.h"

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace suture::vm {

struct QemuOptions {
  /// Hypervisor's ELF.
  std::string image;
  /// Archive of guests; empty for none.
  std::string archive;
  /// Names of the guests in it; each gets a console port.
  std::vector<std::string> guests;
  unsigned cpus = 4;
  /// In MiB.
  unsigned memory = 512;
  /// The hypervisor's command line; empty for none.
  std::string commandLine;
  /// QEMU's -cpu.
  std::string cpuModel = "max";
  /// Runs all CPUs in turn on one thread, with a virtual clock of 2^shift ns an instruction, so
  /// that a run repeats (QEMU's -icount).
  std::optional<unsigned> icountShift;
};

/// Descriptors that QEMU inherits, by number in QEMU.
inline constexpr int qemuControlFd = 3;
inline constexpr int qemuMonitorFd = 4;

/// QEMU's command line for `options`; argv[0] included.
std::vector<std::string> qemuArguments(const QemuOptions &options, const InstancePaths &paths);

/// A running QEMU and this side's ends of its control port and its monitor (QMP).
struct Qemu {
  pid_t pid;
  client::UniqueFd control;
  client::UniqueFd monitor;
};

/// Starts QEMU. It ends when the calling process does, however that ends.
/// Errors: Failed (QEMU is not installed; no descriptors).
client::Expected<Qemu> startQemu(const QemuOptions &options, const InstancePaths &paths);

} // namespace suture::vm

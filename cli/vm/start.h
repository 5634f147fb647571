// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/client/interrupt.h"
#include "cli/vm/qemu.h"

#include <chrono>
#include <functional>

namespace suture::vm {

struct StartOptions {
  std::string name = defaultInstance;
  QemuOptions qemu;
  /// Makes what QEMU is to run, in the instance's folder, and says how. Called with the instance's
  /// lock held, before QEMU starts. Empty: `qemu` is what to run.
  std::function<client::Expected<QemuOptions>(const InstancePaths &)> prepare;
  /// "suture-hv" or "xen".
  std::string kind = "suture-hv";
  /// Time-out in ns that clients of this VM ask for by default.
  uint32_t timeoutNs = 2'000'000'000;
  /// Longest wait until the hypervisor answers.
  std::chrono::milliseconds startBound{90'000};
};

/// Starts a VM and waits until its hypervisor answers.
/// Errors: Refused (one of that name runs), Failed (QEMU cannot be run, or ended; the last lines of
/// the serial log are in the reason), TryAgain (no answer in time; the VM is ended), Interrupted.
client::Expected<InstanceState> startVm(const StartOptions &options, client::Interrupt &interrupt);

/// The hypervisor and guests that the build left beside this program; empty where there are none.
struct DefaultImages {
  std::string image;
  std::string guests;
};
DefaultImages findDefaultImages();

/// The last `count` lines of a file, escaped for a terminal; empty if it cannot be read.
std::string lastLines(const std::string &path, size_t count);

} // namespace suture::vm

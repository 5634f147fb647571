// SPDX-License-Identifier: Apache-2.0
#pragma once
// `suture vm start --xen`: a stock Xen and a dom0 that holds this very program.

#include "cli/vm/qemu.h"

#include <string>

namespace suture::xen {

struct Dom0Options {
  /// Xen's image, compressed or not; empty for the newest in /boot.
  std::string image;
  /// An archive (cpio, newc) laid over dom0's root file system; empty for none. A program /start in
  /// it is run once dom0 is up; what it prints goes to the console "dom0".
  std::string overlay;
  /// More words for Xen's command line.
  std::string commandLine;
  unsigned cpus = 2;
  /// In MiB.
  unsigned memory = 768;
};

/// Makes the files that QEMU boots from in the instance's folder, out of Debian's Xen, kernel and
/// busybox, this program and the libraries that it uses.
/// Errors: Failed (what is missing, and which package has it).
client::Expected<vm::QemuOptions> prepareDom0(const Dom0Options &options,
                                              const vm::InstancePaths &paths);

} // namespace suture::xen

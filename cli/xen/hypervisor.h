// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/xen/interface.h"
#include "cli/xen/xencall.h"

#include <string>
#include <vector>

namespace suture::xen {

/// A running Xen, asked in the interface version that it speaks.
class Hypervisor final {
public:
  /// Finds out the interface version and that Xen has live patching.
  /// Errors: Failed (a version that is not known here, names it; Xen without live patching),
  /// Refused (not privileged).
  static client::Expected<std::unique_ptr<Hypervisor>> open(std::unique_ptr<Xencall> xencall);

  const Xencall &xencall() const { return *xencall_; }
  uint32_t interfaceVersion() const { return interfaceVersion_; }

  /// Makes one sysctl; `op` comes back as Xen left it, also on failure. Handles in it are addresses
  /// of Xencall::Memory.
  /// \returns 0 or more, or a negated errno.  Errors: Failed (no memory).
  client::Expected<int> sysctl(Sysctl &op) const;

  /// Xen's build-id; empty if it has none.
  std::vector<uint8_t> buildId() const;

  /// Xen's version as it names itself, such as "4.17.7".
  std::string version() const;

private:
  explicit Hypervisor(std::unique_ptr<Xencall> xencall) : xencall_(std::move(xencall)) {}

  std::unique_ptr<Xencall> xencall_;
  uint32_t interfaceVersion_ = 0;
};

} // namespace suture::xen

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/xen/hypervisor.h"

#include <string>
#include <string_view>

namespace suture::xen {

/// What Xen's log says about one payload, among `lines` of the log: without Xen's prefixes, without
/// the lines that only report progress, the last `count` of them joined by "; ".
std::string messagesAbout(std::string_view payload, std::string_view lines, size_t count = 4);

/// Follows Xen's log (its console ring) without emptying it. Xen says there why it refuses a
/// payload; the hypercall itself only gives an errno.
class ConsoleRing final {
public:
  /// \param hypervisor  outlives this.
  explicit ConsoleRing(const Hypervisor &hypervisor) : hypervisor_(hypervisor) {}

  /// Reads everything that was logged since the last call, at first all that the ring still holds.
  /// What cannot be read is empty: a log is an extra.
  std::string read();

private:
  const Hypervisor &hypervisor_;
  uint32_t index_ = 0;
};

} // namespace suture::xen

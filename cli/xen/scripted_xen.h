// SPDX-License-Identifier: Apache-2.0
#pragma once
// What stands behind XencallFunctions in unit tests: hypercall memory whose bounds are enforced,
// and a Xen whose answers the test writes. What the real one does is tested on the real one
// (tests/xen).

#include "cli/xen/interface.h"
#include "cli/xen/xencall.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace suture::xen {

/// Context: one test at a time; libxencall's interface carries no context of its own to its
/// allocator.
class ScriptedXen final {
public:
  ScriptedXen();
  ~ScriptedXen();
  ScriptedXen(const ScriptedXen &) = delete;
  ScriptedXen &operator=(const ScriptedXen &) = delete;

  static XencallFunctions functions();

  /// The interface version that it accepts; all others are EACCES.
  uint32_t interfaceVersion = 0x15;
  /// The text in the console ring.
  std::string console;
  std::vector<uint8_t> buildId;
  /// What open() fails with; 0 to succeed.
  int openErrno = 0;
  /// Answers livepatch operations: 0 or more, or a negated errno.
  std::function<int(format::LivepatchOp &)> livepatch = [](format::LivepatchOp &) { return 0; };

  /// The sysctls other than livepatch and console that were asked for, by version.
  std::vector<uint32_t> versionsAsked;
  /// Regions that are allocated now; each ends at an unmapped page.
  size_t regions() const { return regions_.size(); }

  /// Memory at an address that Xen was given.
  /// \returns null where [address, address + size) is not all hypercall memory: Xen's EFAULT.
  std::byte *reach(uint64_t address, size_t size) const;

private:
  friend struct ScriptedXenFunctions;
  int sysctl(uint64_t address);
  int readConsole(ReadConsole &request) const;

  std::map<uint64_t, size_t> regions_;
};

} // namespace suture::xen

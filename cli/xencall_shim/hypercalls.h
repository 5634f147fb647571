// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/client/livepatch.h"
#include "cli/xencall_shim/memory.h"

namespace suture::shim {

/// Answers the hypercalls that a client of Xen's control interface makes, by asking a hypervisor
/// that speaks Suture's frames. All others are ENOSYS.
/// Context: one thread at a time.
class Hypercalls final {
public:
  /// \param memory  outlives this.
  Hypercalls(client::Call call, const HypercallMemory &memory)
      : call_(std::move(call)), memory_(memory) {}

  /// The sysctl at `address`, which is filled in as Xen would.
  /// \returns 0 or more, or a negated errno.
  int sysctl(uint64_t address);

  /// \returns 0 or more, or a negated errno.
  int xenVersion(uint64_t what, uint64_t address);

private:
  int livepatch(format::LivepatchOp &op);
  client::Expected<client::Outcome> carry(format::LivepatchOp &op);
  client::Expected<client::Outcome> carryList(format::LivepatchOp &op);

  client::Call call_;
  const HypercallMemory &memory_;
};

} // namespace suture::shim

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/client/livepatch.h"
#include "cli/xen/console.h"
#include "cli/xen/hypervisor.h"

#include <memory>
#include <optional>

namespace suture::xen {

/// A piece of the caller's memory: the address that handles name it by, and where its bytes are.
struct CallerSegment {
  format::Handle address;
  std::span<std::byte> bytes;
  format::SegmentDirection direction;
};

/// Carries livepatch operations to Xen.
///
/// Hypercalls reach only memory that libxencall gave out, so each segment is bounced through such
/// memory, and the handles in the operation with it. Where Xen before 4.21 ignores the size of a
/// List's buffers, the bounce buffers are made large enough, and a list that outgrew the caller's
/// buffers is ENOBUFS as from 4.21 on.
///
/// What Suture adds to the interface Xen does not know (EOPNOTSUPP); Command::Detail still tells
/// Xen's build-id.
/// Context: one thread.
class LivepatchCall final {
public:
  explicit LivepatchCall(std::unique_ptr<Hypervisor> hypervisor);

  /// Carries one operation. Handles in `op` come back as they were, all else as Xen left it.
  /// \param segments  every segment that a handle in `op` names.
  /// Errors: Failed (no memory).
  client::Expected<client::Outcome> run(format::LivepatchOp &op,
                                        std::span<const CallerSegment> segments);

private:
  client::Expected<int> sysctl(format::LivepatchOp &op, std::span<const CallerSegment> segments);
  client::Outcome answerOwn(format::LivepatchOp &op) const;
  std::string explain(const format::LivepatchOp &op, int result, std::string_view name,
                      std::span<const CallerSegment> segments);
  std::string explainStatus(const format::LivepatchOp &op, std::string_view name);

  std::unique_ptr<Hypervisor> hypervisor_;
  ConsoleRing console_;
};

/// The same as what the client's operations are carried by.
client::Call makeCall(std::shared_ptr<LivepatchCall> call);

} // namespace suture::xen

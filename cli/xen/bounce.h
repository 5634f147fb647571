// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/xen/livepatch_call.h"

#include <vector>

namespace suture::xen {

/// The handles in an operation that its command uses.
std::vector<format::Handle *> handlesOf(format::LivepatchOp &op);

/// The caller's segments, copied to memory that Xen reaches.
class Bounce final {
public:
  /// Copies the In segments.
  /// \param op  as the caller made it; decides how much room each segment needs.
  /// Errors: Failed (no memory).
  static client::Expected<Bounce> make(const Hypervisor &hypervisor, const format::LivepatchOp &op,
                                       std::span<const CallerSegment> segments);

  /// `op` with each handle replaced by the bounced address. A handle that no segment has is given
  /// to Xen as 0, which it refuses.
  format::LivepatchOp translate(const format::LivepatchOp &op) const;

  /// Copies the Out segments back.
  void copyOut() const;

private:
  struct Piece {
    CallerSegment segment;
    Xencall::Memory memory;
  };
  explicit Bounce(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {}
  uint64_t translate(format::Handle handle) const;

  std::vector<Piece> pieces_;
  /// Where metadata go for which the caller has no buffer of their own.
  Xencall::Memory spare_;
};

} // namespace suture::xen

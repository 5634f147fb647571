// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/xen/livepatch_call.h"
#include "runtime/control/frame_parser.h"

#include <functional>
#include <vector>

namespace suture::xen {

/// What answers the operations that frames carry.
using FrameCall = std::function<client::Expected<client::Outcome>(
    format::LivepatchOp &op, std::span<const CallerSegment> segments)>;

/// The hypervisor's side of a control channel: request frames in, answers out. A malformed frame
/// gets an error and never stops the channel.
class FrameServer final {
public:
  using Send = std::function<void(std::span<const std::byte> frame)>;

  FrameServer(FrameCall call, Send send);

  /// Takes received bytes; whole answers are sent before it returns.
  void receive(std::span<const std::byte> bytes);

private:
  void answerRequest(uint32_t sequence);
  void answerBare(uint32_t sequence, int32_t result, std::string_view reason);

  FrameCall call_;
  Send send_;
  std::vector<std::byte> request_;
  std::vector<std::byte> answer_;
  FrameParser parser_;
};

} // namespace suture::xen

// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bytes in, answers out: a byte stream served by the control handler.

#include "runtime/control/frame_message.h"
#include "runtime/control/frame_parser.h"
#include "runtime/control/handler.h"

#include <concepts>
#include <cstddef>
#include <span>

namespace suture {

/// Bytes of each of a channel's two buffers.
inline constexpr size_t frameBufferSize = format::maxFrameSize;

template <Platform P> class FrameChannel final {
public:
  /// \param handler  outlives the channel.
  /// \param request, answer  buffers of frameBufferSize bytes (smaller ones lower the longest
  ///                 frame; at least 4096). Outlive the channel.
  FrameChannel(ControlHandler<P> &handler, std::span<std::byte> request,
               std::span<std::byte> answer) noexcept
      : handler_(handler), parser_(request), answer_(answer) {}

  /// A client connected (or went away): forget what is left of the last one.
  void startSession() noexcept { parser_.reset(); }

  /// Takes received bytes; calls `send(frame)` with each whole answer, before the next request is
  /// looked at. The answer's bytes are valid during the call. Context: control.
  template <std::invocable<std::span<const std::byte>> Send>
  void receive(std::span<const std::byte> bytes, Send &&send) noexcept {
    while (!bytes.empty()) {
      const FrameEvent event = parser_.feed(bytes);
      bytes = bytes.subspan(event.consumed);
      switch (event.kind) {
      case FrameEvent::Kind::NeedMore:
        break;
      case FrameEvent::Kind::Request:
        send(answerRequest(event.sequence));
        break;
      case FrameEvent::Kind::Reset:
        send(makeBareAnswer(answer_, event.sequence, 0, {}));
        break;
      case FrameEvent::Kind::Bad:
        send(answerError(event.sequence, *event.error));
        break;
      }
    }
  }

private:
  std::span<const std::byte> answerError(uint32_t sequence, const Error &error) noexcept {
    return makeBareAnswer(answer_, sequence, resultOf(error), describe(error).view());
  }

  std::span<const std::byte> answerRequest(uint32_t sequence) noexcept {
    auto message = FrameMemory::open(parser_.frame(), answer_);
    if (!message)
      return answerError(sequence, message.error());
    const ControlOutcome outcome = handler_.handle(message->operation(), *message);
    return message->finish(outcome.result, outcome.reason.view());
  }

  ControlHandler<P> &handler_;
  FrameParser parser_;
  std::span<std::byte> answer_;
};

} // namespace suture

// SPDX-License-Identifier: Apache-2.0
#include "cli/client/connection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <random>

namespace suture::client {

using format::FrameHeader;

Expected<Connection> Connection::open(Stream stream, std::chrono::milliseconds answerBound) {
  // A random start tells this session's answers from those that an earlier one left unread.
  Connection connection(std::move(stream), answerBound, std::random_device{}());
  SUTURE_CLIENT_TRY(connection.reset());
  return connection;
}

// The answer is 32 bytes known beforehand, so that it is found in any bytes: shift one in at a time
// until the window is that answer.
Expected<void> Connection::reset() {
  const Deadline deadline = Clock::now() + answerBound_;
  const uint32_t sequence = sequence_++;
  SUTURE_CLIENT_TRY(stream_.send(encodeReset(sequence), deadline));
  std::array<std::byte, sizeof(FrameHeader)> window{};
  SUTURE_CLIENT_TRY(stream_.receive(window, deadline));
  while (true) {
    FrameHeader header;
    std::memcpy(&header, window.data(), sizeof(header));
    if (header.magic == format::frameMagic && header.sequence == sequence &&
        header.kind == static_cast<uint16_t>(format::FrameKind::Response) &&
        header.length == sizeof(header)) {
      if (auto checked = decodeResponseHeader(window); !checked)
        return std::unexpected(checked.error());
      return {};
    }
    std::ranges::rotate(window, window.begin() + 1);
    SUTURE_CLIENT_TRY(stream_.receive(std::span(window).last(1), deadline));
  }
}

Expected<Outcome> Connection::call(format::LivepatchOp &op, std::span<const Buffer> buffers) {
  if (broken_)
    return failure(ErrorKind::Unreachable, ECONNRESET, "the session is over");
  if (stream_.interrupted())
    return failure(ErrorKind::Interrupted, EINTR, "interrupted");
  const Deadline deadline = Clock::now() + answerBound_;
  const uint32_t sequence = sequence_++;
  auto frame = encodeRequest(sequence, op, buffers);
  if (!frame)
    return std::unexpected(frame.error());

  broken_ = true; // until the whole answer is in
  SUTURE_CLIENT_TRY(stream_.send(*frame, deadline));
  std::array<std::byte, sizeof(FrameHeader)> headerBytes;
  SUTURE_CLIENT_TRY(stream_.receive(headerBytes, deadline));
  auto header = decodeResponseHeader(headerBytes);
  if (!header)
    return std::unexpected(header.error());
  if (header->sequence != sequence)
    return failure(ErrorKind::Protocol, EPROTO, "malformed answer: not to this request");
  std::vector<std::byte> body(header->length - sizeof(FrameHeader));
  SUTURE_CLIENT_TRY(stream_.receive(body, deadline));
  auto outcome = decodeResponse(*header, body, op, buffers);
  broken_ = !outcome;
  return outcome;
}

} // namespace suture::client

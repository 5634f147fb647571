// SPDX-License-Identifier: Apache-2.0
#include "cli/tests/frame_relay.h"

#include "cli/client/stream.h"
#include "cli/client/unix_address.h"

#include <cstring>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace suture::testing {

using client::Clock;
using client::Stream;
using client::UniqueFd;
using format::FrameHeader;
using format::LivepatchOp;

namespace {

/// One whole frame; empty when the peer has gone.
std::vector<std::byte> readFrame(Stream &stream) {
  const client::Deadline deadline = Clock::now() + std::chrono::seconds{40};
  std::vector<std::byte> frame(sizeof(FrameHeader));
  if (!stream.receive(frame, deadline))
    return {};
  FrameHeader header;
  std::memcpy(&header, frame.data(), sizeof(header));
  frame.resize(header.length);
  if (!stream.receive(std::span(frame).subspan(sizeof(FrameHeader)), deadline))
    return {};
  return frame;
}

} // namespace

FrameRelay::FrameRelay(const std::string &path, std::string server, Selector hold)
    : server_(std::move(server)), hold_(std::move(hold)) {
  auto address = client::UnixAddress::of(path);
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (!address || bind(listener_, address->get(), address->size()) != 0 ||
      listen(listener_, 16) != 0)
    throw std::runtime_error("cannot listen at " + path);
  threads_.emplace_back([this] { acceptClients(); });
}

FrameRelay::~FrameRelay() {
  release();
  stop_ = true;
  threads_.front().join();
  threads_.pop_front();
  for (std::thread &thread : threads_)
    thread.join();
  close(listener_);
}

void FrameRelay::acceptClients() {
  while (!stop_) {
    pollfd fd{listener_, POLLIN, 0};
    if (poll(&fd, 1, 20) > 0) {
      const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      threads_.emplace_back([this, client] { serve(client); });
    }
  }
}

void FrameRelay::serve(int fd) {
  Stream client(UniqueFd(fd), nullptr);
  auto server = client::connectUnix(server_);
  if (!server)
    return;
  Stream far(std::move(*server), nullptr);
  while (true) {
    const std::vector<std::byte> request = readFrame(client);
    if (request.empty())
      return;
    FrameHeader header;
    LivepatchOp op{};
    std::memcpy(&header, request.data(), sizeof(header));
    if (request.size() >= sizeof(header) + sizeof(op))
      std::memcpy(&op, request.data() + sizeof(header), sizeof(op));
    if (hold_(header, op))
      holdBack();
    const client::Deadline deadline = Clock::now() + std::chrono::seconds{40};
    if (!far.send(request, deadline))
      return;
    const std::vector<std::byte> answer = readFrame(far);
    if (answer.empty() || !client.send(answer, deadline))
      return;
  }
}

void FrameRelay::holdBack() {
  std::unique_lock<std::mutex> lock(mutex_);
  held_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return released_; });
}

bool FrameRelay::waitUntilHeld() {
  std::unique_lock<std::mutex> lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds{30}, [this] { return held_; });
}

void FrameRelay::release() {
  const std::lock_guard<std::mutex> lock(mutex_);
  released_ = true;
  changed_.notify_all();
}

} // namespace suture::testing

// SPDX-License-Identifier: Apache-2.0
// One stream to the hypervisor, many clients.
//
//   client A --whole frame--+                                  +--> client A
//   client B --whole frame--+--> queue --> one at a time --> hv --> client B
//   client C --half a fr...     (dropped with its client)
//
// Sequence numbers are the broker's own towards the hypervisor, since two clients may choose the
// same; the client's is put back into the answer. A client's Reset concerns its own session alone
// and is answered here. Towards the hypervisor, a session starts with the broker's Reset, and
// starts again whenever an answer fails to come or cannot be understood: bytes up to the answer to
// that Reset are then skipped. A request that was begun is always written to its end, so that the
// hypervisor's parser keeps its place even if the client is gone.

#include "cli/vm/broker.h"

#include "cli/client/frame_codec.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <random>
#include <sys/socket.h>

namespace suture::vm {

using client::Clock;
using client::Deadline;
using format::FrameHeader;
using format::FrameKind;

namespace {

constexpr size_t readSize = 256 * 1024;

void setSequence(std::vector<std::byte> &frame, uint32_t sequence) {
  std::memcpy(frame.data() + offsetof(FrameHeader, sequence), &sequence, sizeof(sequence));
}

FrameHeader headerOf(const std::vector<std::byte> &frame) {
  FrameHeader header;
  std::memcpy(&header, frame.data(), sizeof(header));
  return header;
}

std::vector<std::byte> bareResponse(uint32_t sequence, int32_t result, std::string_view reason) {
  FrameHeader header{};
  header.magic = format::frameMagic;
  header.version = format::frameVersion;
  header.kind = static_cast<uint16_t>(FrameKind::Response);
  header.length = static_cast<uint32_t>(sizeof(header) + reason.size());
  header.sequence = sequence;
  header.result = result;
  header.reasonSize = static_cast<uint32_t>(reason.size());
  std::vector<std::byte> frame(header.length);
  std::memcpy(frame.data(), &header, sizeof(header));
  std::memcpy(frame.data() + sizeof(header), reason.data(), reason.size());
  return frame;
}

bool wouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

} // namespace

Broker::Broker(client::UniqueFd listener, client::UniqueFd hypervisor, BrokerLimits limits)
    : limits_(limits), listener_(std::move(listener)), hypervisor_(std::move(hypervisor)),
      sequence_(std::random_device{}()) {
  startReset();
}

// ---- what the owner's loop asks ----

void Broker::addDescriptors(std::vector<pollfd> &descriptors) const {
  descriptors.push_back({listener_.get(), POLLIN, 0});
  const short upstreamEvents =
      static_cast<short>(POLLIN | (sent_ < outgoing_.size() ? POLLOUT : 0));
  descriptors.push_back({hypervisor_ ? hypervisor_.get() : -1, upstreamEvents, 0});
  for (const Client &client : clients_) {
    const short events = client.phase == Phase::Reading   ? POLLIN
                         : client.phase == Phase::Writing ? POLLOUT
                                                          : 0; // gone clients show as POLLHUP
    descriptors.push_back({client.fd.get(), events, 0});
  }
}

Deadline Broker::deadline() const {
  Deadline earliest = Clock::now() + std::chrono::hours{1};
  if (hypervisor_ && upstream_ != Upstream::Idle)
    earliest = std::min(earliest, upstreamUntil_);
  for (const Client &client : clients_) {
    if (!isIdle(client) && client.phase != Phase::InFlight)
      earliest = std::min(earliest, client.until);
  }
  return earliest;
}

void Broker::handle(std::span<const pollfd> descriptors) {
  // Clients accepted below are behind those that were polled.
  const size_t polled = descriptors.size() - 2;
  auto client = clients_.begin();
  for (size_t index = 0; index < polled && client != clients_.end(); ++index, ++client) {
    const short events = descriptors[2 + index].revents;
    if ((events & POLLIN) != 0 && client->phase == Phase::Reading)
      readClient(*client);
    else if ((events & POLLOUT) != 0 && client->phase == Phase::Writing)
      writeClient(*client);
    else if ((events & (POLLHUP | POLLERR)) != 0)
      client->fd.reset();
  }
  if (hypervisor_ && (descriptors[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
    readHypervisor();
  if ((descriptors[0].revents & POLLIN) != 0)
    acceptClient();
  checkClientTimes(Clock::now());
  std::erase_if(clients_, [](const Client &gone) { return !gone.fd; });
  if (hypervisor_ && upstream_ != Upstream::Idle && Clock::now() >= upstreamUntil_) {
    failInFlight(EAGAIN, "the hypervisor did not answer in time; whether it did what was asked is "
                         "unknown");
    startReset();
  }
  forwardNext();
  writeHypervisor();
}

bool Broker::hasAnswersToDeliver() const {
  return std::ranges::any_of(clients_,
                             [](const Client &client) { return client.phase == Phase::Writing; });
}

// ---- clients ----

bool Broker::isIdle(const Client &client) const {
  return client.phase == Phase::Reading && !client.assembler.hasPartial();
}

void Broker::acceptClient() {
  client::UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd)
    return;
  Client &client = clients_.emplace_back();
  client.id = nextId_++;
  client.fd = std::move(fd);
  if (clients_.size() > limits_.clients) {
    client.closing = true;
    answerError(client, 0, EAGAIN, "too many clients at once");
  }
}

void Broker::readClient(Client &client) {
  std::vector<std::byte> bytes(readSize);
  const ssize_t got = recv(client.fd.get(), bytes.data(), bytes.size(), 0);
  if (got == 0 || (got < 0 && !wouldBlock())) {
    client.fd.reset();
    return;
  }
  if (got < 0)
    return;
  if (!client.assembler.hasPartial())
    client.until = Clock::now() + limits_.stall;
  client.assembler.add(std::span(bytes).first(static_cast<size_t>(got)));
  processInput(client);
}

void Broker::processInput(Client &client) {
  if (client.phase != Phase::Reading || !client.fd)
    return;
  switch (client.assembler.next()) {
  case FrameAssembler::Event::Incomplete:
    return;
  case FrameAssembler::Event::LostPlace:
    answerError(client, 0, EINVAL, "malformed frame; a Reset starts the session afresh");
    return;
  case FrameAssembler::Event::Frame:
    acceptFrame(client);
  }
}

void Broker::acceptFrame(Client &client) {
  client.request = client.assembler.take();
  const FrameHeader header = headerOf(client.request);
  if (isReset(header)) {
    answer(client, bareResponse(header.sequence, 0, ""));
  } else if (!hypervisor_) {
    answerError(client, header.sequence, EIO, "the VM has ended");
  } else {
    client.phase = Phase::Queued;
    client.until = Clock::now() + limits_.queueWait;
    queue_.push_back(client.id);
  }
}

void Broker::answer(Client &client, std::vector<std::byte> frame) {
  client.request.clear();
  client.answer = std::move(frame);
  client.answered = 0;
  client.phase = Phase::Writing;
  client.until = Clock::now() + limits_.stall;
  writeClient(client);
}

void Broker::answerError(Client &client, uint32_t sequence, int errnoValue,
                         std::string_view reason) {
  answer(client, bareResponse(sequence, -errnoValue, reason));
}

void Broker::writeClient(Client &client) {
  const auto rest = std::span(client.answer).subspan(client.answered);
  const ssize_t sent = send(client.fd.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
  if (sent < 0 && !wouldBlock()) {
    client.fd.reset();
    return;
  }
  client.answered += sent > 0 ? static_cast<size_t>(sent) : 0;
  if (client.answered < client.answer.size())
    return;
  client.answer.clear();
  client.phase = Phase::Reading;
  client.until = Clock::now() + limits_.stall;
  if (client.closing)
    client.fd.reset();
  else
    processInput(client); // its next request may be here already
}

void Broker::checkClientTimes(Deadline now) {
  for (Client &client : clients_) {
    if (!client.fd || now < client.until || client.phase == Phase::InFlight || isIdle(client))
      continue;
    if (client.phase == Phase::Queued) {
      std::erase(queue_, client.id);
      answerError(client, headerOf(client.request).sequence, EAGAIN,
                  "another request has kept the hypervisor busy for too long");
    } else {
      client.fd.reset(); // stopped in the middle of a frame
    }
  }
}

// ---- the hypervisor ----

void Broker::startReset() {
  upstream_ = Upstream::Resetting;
  answers_ = FrameAssembler(FrameAssembler::From::Hypervisor);
  const std::vector<std::byte> frame = client::encodeReset(++sequence_);
  outgoing_.erase(outgoing_.begin(), outgoing_.begin() + static_cast<ptrdiff_t>(sent_));
  sent_ = 0;
  // Earlier Resets that were not even begun need not pile up while the hypervisor boots.
  if (outgoing_.size() < format::maxFrameSize)
    outgoing_.insert(outgoing_.end(), frame.begin(), frame.end());
  upstreamUntil_ = Clock::now() + limits_.resetRetry;
}

void Broker::forwardNext() {
  while (hypervisor_ && upstream_ == Upstream::Idle && !queue_.empty()) {
    const uint64_t id = queue_.front();
    queue_.pop_front();
    const auto client = std::ranges::find(clients_, id, &Client::id);
    if (client == clients_.end() || client->phase != Phase::Queued)
      continue;
    client->phase = Phase::InFlight;
    inFlightId_ = id;
    inFlightSequence_ = headerOf(client->request).sequence;
    outgoing_ = std::move(client->request);
    client->request.clear();
    setSequence(outgoing_, ++sequence_);
    sent_ = 0;
    upstream_ = Upstream::Busy;
    upstreamUntil_ = Clock::now() + limits_.answerWait;
  }
}

void Broker::writeHypervisor() {
  while (hypervisor_ && sent_ < outgoing_.size()) {
    const auto rest = std::span(outgoing_).subspan(sent_);
    const ssize_t sent =
        send(hypervisor_.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && wouldBlock())
      return;
    if (sent < 0)
      return hangUp();
    sent_ += static_cast<size_t>(sent);
  }
}

void Broker::readHypervisor() {
  std::vector<std::byte> bytes(readSize);
  const ssize_t got = recv(hypervisor_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got < 0 && wouldBlock())
    return;
  if (got <= 0)
    return hangUp();
  answers_.add(std::span(bytes).first(static_cast<size_t>(got)));
  processAnswers();
}

// While a Reset is out, anything may come before its answer: a rest of an old answer, cut anywhere.
// Whole frames of other sequences are dropped, and bytes that are no frame are skipped.
void Broker::processAnswers() {
  while (true) {
    const FrameAssembler::Event event = answers_.next();
    if (event == FrameAssembler::Event::Incomplete)
      return;
    if (event == FrameAssembler::Event::LostPlace) {
      if (upstream_ == Upstream::Resetting)
        continue;
      failInFlight(EIO, "the hypervisor sent a malformed answer");
      startReset();
      continue;
    }
    std::vector<std::byte> frame = answers_.take();
    if (headerOf(frame).sequence != sequence_ || upstream_ == Upstream::Idle)
      continue;
    if (upstream_ == Upstream::Busy)
      deliver(std::move(frame));
    else
      ready_ = true;
    upstream_ = Upstream::Idle;
  }
}

void Broker::deliver(std::vector<std::byte> frame) {
  setSequence(frame, inFlightSequence_);
  if (Client *client = inFlight())
    answer(*client, std::move(frame));
  inFlightId_ = 0;
}

Broker::Client *Broker::inFlight() {
  const auto client = std::ranges::find(clients_, inFlightId_, &Client::id);
  return client != clients_.end() && client->phase == Phase::InFlight && client->fd ? &*client
                                                                                    : nullptr;
}

void Broker::failInFlight(int errnoValue, std::string_view reason) {
  if (Client *client = inFlight())
    answerError(*client, inFlightSequence_, errnoValue, reason);
  inFlightId_ = 0;
}

void Broker::hangUp() {
  hypervisor_.reset();
  failInFlight(EIO, "the VM ended before it answered");
  queue_.clear();
  for (Client &client : clients_) {
    if (client.fd && client.phase == Phase::Queued)
      answerError(client, headerOf(client.request).sequence, EIO, "the VM has ended");
  }
}

} // namespace suture::vm

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/client/stream.h"
#include "cli/vm/frame_assembler.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <poll.h>
#include <string>
#include <vector>

namespace suture::vm {

struct BrokerLimits {
  /// More clients than this are turned away with "try again".
  size_t clients = 32;
  /// Longest wait of a whole request for its turn.
  std::chrono::milliseconds queueWait{20'000};
  /// Longest wait for the hypervisor's answer to one request.
  std::chrono::milliseconds answerWait{45'000};
  /// Longest stop in the middle of a frame, sent or received.
  std::chrono::milliseconds stall{30'000};
  /// Time after which an unanswered Reset is sent again.
  std::chrono::milliseconds resetRetry{2'000};
};

/// Shares the hypervisor's one control stream among many clients: takes whole frames from each,
/// forwards one at a time, and brings each answer back to the client that asked. Nothing of a
/// client's reaches the hypervisor before its frame is whole.
/// Context: one thread; the owner polls descriptors() until deadline() and calls handle().
class Broker final {
public:
  /// \param listener  listening Unix socket.  \param hypervisor  stream to the hypervisor.
  Broker(client::UniqueFd listener, client::UniqueFd hypervisor, BrokerLimits limits = {});

  /// Appends what to poll. Valid until handle() is called.
  void addDescriptors(std::vector<pollfd> &descriptors) const;
  /// When handle() must be called even if nothing happens.
  client::Deadline deadline() const;
  /// Does what poll() found to be possible, and what time asks for.
  /// \param descriptors  what addDescriptors() appended, with poll()'s results.
  void handle(std::span<const pollfd> descriptors);

  /// Whether the hypervisor has answered the first Reset.
  bool ready() const { return ready_; }
  /// Whether the hypervisor's end of the stream is gone.
  bool dead() const { return !hypervisor_; }
  /// Whether answers still wait to be read by clients.
  bool hasAnswersToDeliver() const;
  /// Ends the stream to the hypervisor; all who wait are told.
  void hangUp();

private:
  enum class Phase : uint8_t {
    /// Reads a request.
    Reading,
    /// Its request waits for its turn.
    Queued,
    /// Its request is with the hypervisor.
    InFlight,
    /// Gets its answer.
    Writing,
  };
  struct Client {
    uint64_t id;
    client::UniqueFd fd;
    FrameAssembler assembler{FrameAssembler::From::Client};
    Phase phase = Phase::Reading;
    std::vector<std::byte> request;
    std::vector<std::byte> answer;
    size_t answered = 0;
    /// When the present phase ends; ignored while idle.
    client::Deadline until{};
    bool closing = false;
  };
  enum class Upstream : uint8_t { Resetting, Idle, Busy };

  void acceptClient();
  void readClient(Client &client);
  void processInput(Client &client);
  void acceptFrame(Client &client);
  void writeClient(Client &client);
  void answer(Client &client, std::vector<std::byte> frame);
  void answerError(Client &client, uint32_t sequence, int errnoValue, std::string_view reason);
  void checkClientTimes(client::Deadline now);
  bool isIdle(const Client &client) const;

  void startReset();
  void forwardNext();
  void writeHypervisor();
  void readHypervisor();
  void processAnswers();
  void deliver(std::vector<std::byte> frame);
  void failInFlight(int errnoValue, std::string_view reason);
  Client *inFlight();

  BrokerLimits limits_;
  client::UniqueFd listener_;
  client::UniqueFd hypervisor_;
  std::list<Client> clients_;
  std::deque<uint64_t> queue_;
  uint64_t nextId_ = 1;

  Upstream upstream_ = Upstream::Resetting;
  FrameAssembler answers_{FrameAssembler::From::Hypervisor};
  std::vector<std::byte> outgoing_;
  size_t sent_ = 0;
  uint32_t sequence_;
  /// The client whose request is with the hypervisor; it may have gone away meanwhile.
  uint64_t inFlightId_ = 0;
  uint32_t inFlightSequence_ = 0;
  client::Deadline upstreamUntil_;
  bool ready_ = false;
};

} // namespace suture::vm

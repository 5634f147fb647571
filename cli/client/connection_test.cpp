// SPDX-License-Identifier: Apache-2.0
#include "cli/client/connection.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <thread>

namespace suture::client {
namespace {

using format::FrameHeader;

/// The far end of a connection, which a test plays by hand.
class Peer {
public:
  explicit Peer(UniqueFd fd) : stream_(std::move(fd), nullptr) {}

  FrameHeader receiveFrame() {
    FrameHeader header{};
    EXPECT_TRUE(stream_.receive(std::as_writable_bytes(std::span(&header, 1)), soon()));
    std::vector<std::byte> rest(header.length - sizeof(header));
    EXPECT_TRUE(stream_.receive(rest, soon()));
    return header;
  }
  template <typename T> void send(const T &value) {
    EXPECT_TRUE(stream_.send(std::as_bytes(std::span(&value, 1)), soon()));
  }
  void answerReset() {
    const FrameHeader reset = receiveFrame();
    EXPECT_EQ(reset.kind, 3);
    send(response(reset.sequence));
  }
  static FrameHeader response(uint32_t sequence) {
    return {format::frameMagic, format::frameVersion, 2, sizeof(FrameHeader), sequence, 0, 0, 0, 0};
  }

private:
  static Deadline soon() { return Clock::now() + std::chrono::seconds{10}; }
  Stream stream_;
};

class ConnectionTest : public testing::Test {
protected:
  ConnectionTest() {
    std::array<int, 2> fds;
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    ours_ = UniqueFd(fds[0]);
    peer_.emplace(UniqueFd(fds[1]));
  }
  Expected<Connection> open(std::chrono::milliseconds bound = std::chrono::seconds{10}) {
    return Connection::open(Stream(std::move(ours_), nullptr), bound);
  }

  UniqueFd ours_;
  std::optional<Peer> peer_;
};

TEST_F(ConnectionTest, FindsTheAnswerToItsResetBehindWhatAnEarlierSessionLeft) {
  std::thread far([&] {
    const FrameHeader reset = peer_->receiveFrame();
    peer_->send(Peer::response(reset.sequence + 1)); // an old answer, whole
    peer_->send(std::array<char, 45>{"the middle of a response that nobody read"});
    peer_->send(Peer::response(reset.sequence));
  });
  EXPECT_TRUE(open());
  far.join();
}

TEST_F(ConnectionTest, GivesUpOnASilentPeerInTime) {
  const auto connection = open(std::chrono::milliseconds{50});
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().kind, ErrorKind::TryAgain);
}

TEST_F(ConnectionTest, SaysThatThePeerHasGone) {
  std::thread far([&] {
    peer_->answerReset();
    peer_->receiveFrame();
    peer_.reset();
  });
  auto connection = open();
  ASSERT_TRUE(connection);
  format::LivepatchOp op{};
  const auto outcome = connection->call(op, {});
  far.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::Unreachable);
  EXPECT_EQ(connection->call(op, {}).error().kind, ErrorKind::Unreachable) << "the session is over";
}

TEST_F(ConnectionTest, RefusesAnAnswerToAnotherRequest) {
  std::thread far([&] {
    peer_->answerReset();
    const FrameHeader request = peer_->receiveFrame();
    peer_->send(Peer::response(request.sequence - 1));
  });
  auto connection = open();
  ASSERT_TRUE(connection);
  format::LivepatchOp op{};
  const auto outcome = connection->call(op, {});
  far.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::Protocol);
}

TEST_F(ConnectionTest, StopsBeforeARequestWhenTheUserInterrupts) {
  auto interrupt = Interrupt::open();
  ASSERT_TRUE(interrupt);
  std::thread far([&] { peer_->answerReset(); });
  auto connection = Connection::open(Stream(std::move(ours_), &*interrupt));
  far.join();
  ASSERT_TRUE(connection);
  raise(SIGINT);
  format::LivepatchOp op{};
  const auto outcome = connection->call(op, {});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::Interrupted);
}

} // namespace
} // namespace suture::client

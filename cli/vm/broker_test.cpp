// SPDX-License-Identifier: Apache-2.0
// The broker between clients on a Unix socket and a hypervisor that the test plays by hand, byte by
// byte where that matters.

#include "cli/vm/broker.h"

#include "cli/client/connection.h"
#include "cli/client/unix_address.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <optional>
#include <sys/socket.h>
#include <thread>

namespace suture::vm {
namespace {

using client::Buffer;
using client::Clock;
using client::Connection;
using client::ErrorKind;
using client::Stream;
using client::UniqueFd;
using format::FrameHeader;
using std::chrono::milliseconds;

client::Deadline soon() { return Clock::now() + std::chrono::seconds{10}; }

/// The hypervisor's end of the stream.
class Hypervisor {
public:
  explicit Hypervisor(UniqueFd fd) : stream_(std::move(fd), nullptr) {}

  /// The next frame that is not a Reset; Resets are answered.
  std::vector<std::byte> receiveRequest() {
    while (true) {
      std::vector<std::byte> frame = receiveFrame();
      if (frame.empty() || headerOf(frame).kind != 3)
        return frame;
      answer(headerOf(frame).sequence, "");
    }
  }
  std::vector<std::byte> receiveFrame() {
    std::vector<std::byte> frame(sizeof(FrameHeader));
    if (!stream_.receive(frame, soon()))
      return {};
    frame.resize(headerOf(frame).length);
    EXPECT_TRUE(stream_.receive(std::span(frame).subspan(sizeof(FrameHeader)), soon()));
    return frame;
  }
  static FrameHeader headerOf(const std::vector<std::byte> &frame) {
    FrameHeader header;
    std::memcpy(&header, frame.data(), sizeof(header));
    return header;
  }
  void answer(uint32_t sequence, std::string_view reason, int32_t result = 0) {
    const FrameHeader header{format::frameMagic,
                             format::frameVersion,
                             2,
                             static_cast<uint32_t>(sizeof(FrameHeader) + reason.size()),
                             sequence,
                             result,
                             0,
                             static_cast<uint32_t>(reason.size()),
                             0};
    EXPECT_TRUE(stream_.send(std::as_bytes(std::span(&header, 1)), soon()));
    EXPECT_TRUE(stream_.send(std::as_bytes(std::span(reason)), soon()));
  }
  void sendGarbage(size_t size) {
    EXPECT_TRUE(stream_.send(std::vector<std::byte>(size, std::byte{0x33}), soon()));
  }

private:
  Stream stream_;
};

class BrokerTest : public testing::Test {
protected:
  void start(BrokerLimits limits = {}) {
    std::string pattern = testing::TempDir() + "/brokerXXXXXX";
    folder_ = mkdtemp(pattern.data());
    auto address = client::UnixAddress::of(path());
    ASSERT_TRUE(address);
    UniqueFd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ASSERT_EQ(bind(listener.get(), address->get(), address->size()), 0);
    ASSERT_EQ(listen(listener.get(), 16), 0);
    std::array<int, 2> pair;
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
    hypervisor.emplace(UniqueFd(pair[1]));
    thread_ = std::thread(
        [this, limits, listening = std::move(listener), stream = UniqueFd(pair[0])]() mutable {
          Broker broker(std::move(listening), std::move(stream), limits);
          while (!stop_) {
            std::vector<pollfd> fds;
            broker.addDescriptors(fds);
            const auto until = std::min(broker.deadline(), Clock::now() + milliseconds{10});
            poll(fds.data(), fds.size(), client::pollTimeout(until));
            broker.handle(fds);
          }
        });
  }
  ~BrokerTest() override {
    stop_ = true;
    if (thread_.joinable())
      thread_.join();
    std::filesystem::remove_all(folder_);
  }

  std::string path() const { return folder_ + "/control.sock"; }
  UniqueFd connectRaw() {
    auto fd = client::connectUnix(path());
    EXPECT_TRUE(fd);
    return fd ? std::move(*fd) : UniqueFd();
  }
  Connection connect() {
    auto connection = Connection::open(Stream(connectRaw(), nullptr), std::chrono::seconds{10});
    EXPECT_TRUE(connection) << connection.error().reason;
    return std::move(*connection);
  }
  /// The error that a call through the broker ends in; its reason is what the hypervisor wrote.
  static client::Expected<client::Outcome> call(Connection &connection) {
    format::LivepatchOp op{};
    return connection.call(op, {});
  }

  std::optional<Hypervisor> hypervisor;

private:
  std::string folder_;
  std::thread thread_;
  std::atomic<bool> stop_ = false;
};

TEST_F(BrokerTest, BringsEachAnswerToTheClientThatAsked) {
  start();
  Connection first = connect();
  Connection second = connect();
  client::Expected<client::Outcome> firstOutcome;
  client::Expected<client::Outcome> secondOutcome;
  std::thread one([&] { firstOutcome = call(first); });
  const auto request = hypervisor->receiveRequest();
  std::thread two([&] { secondOutcome = call(second); });
  std::this_thread::sleep_for(milliseconds{50});
  hypervisor->answer(Hypervisor::headerOf(request).sequence, "for the first", -1);
  const auto next = hypervisor->receiveRequest();
  hypervisor->answer(Hypervisor::headerOf(next).sequence, "for the second", -1);
  one.join();
  two.join();
  EXPECT_EQ(firstOutcome->reason, "for the first");
  EXPECT_EQ(secondOutcome->reason, "for the second");
}

TEST_F(BrokerTest, ForwardsNothingOfAClientThatDiesInMidFrame) {
  start();
  {
    UniqueFd dying = connectRaw();
    auto frame = client::encodeRequest(1, {}, {});
    ASSERT_EQ(send(dying.get(), frame->data(), frame->size() - 1, 0),
              static_cast<ssize_t>(frame->size() - 1));
    std::this_thread::sleep_for(milliseconds{30});
  }
  Connection living = connect();
  std::thread far([&] {
    const auto request = hypervisor->receiveRequest();
    hypervisor->answer(Hypervisor::headerOf(request).sequence, "living", -1);
  });
  const auto outcome = call(living);
  far.join();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->reason, "living");
}

TEST_F(BrokerTest, AnswersGarbageWithAnErrorAndTakesAResetAfterIt) {
  start();
  UniqueFd fd = connectRaw();
  const std::array<char, 64> garbage{"this is not a frame, and it is longer than a header is"};
  ASSERT_EQ(send(fd.get(), garbage.data(), garbage.size(), 0), 64);
  Stream stream(std::move(fd), nullptr);
  FrameHeader header{};
  ASSERT_TRUE(stream.receive(std::as_writable_bytes(std::span(&header, 1)), soon()));
  EXPECT_EQ(header.result, -EINVAL);
  std::string reason(header.reasonSize, '\0');
  ASSERT_TRUE(stream.receive(std::as_writable_bytes(std::span(reason)), soon()));
  EXPECT_NE(reason.find("malformed"), std::string::npos);
  EXPECT_TRUE(Connection::open(std::move(stream), std::chrono::seconds{5}));
}

TEST_F(BrokerTest, TellsAClientThatWaitsTooLong) {
  start({.queueWait = milliseconds{100}});
  Connection slow = connect();
  Connection waiting = connect();
  std::thread one([&] { (void)call(slow); });
  const auto request = hypervisor->receiveRequest();
  const auto outcome = call(waiting);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->result, -EAGAIN);
  EXPECT_NE(outcome->reason.find("busy"), std::string::npos);
  hypervisor->answer(Hypervisor::headerOf(request).sequence, "late", -1);
  one.join();
}

TEST_F(BrokerTest, StartsAfreshWhenTheHypervisorDoesNotAnswer) {
  start({.answerWait = milliseconds{100}, .resetRetry = milliseconds{100}});
  Connection connection = connect();
  std::thread far([&] {
    hypervisor->receiveRequest(); // not answered in time
    std::this_thread::sleep_for(milliseconds{150});
    hypervisor->sendGarbage(100); // the rest of an answer
    const auto next = hypervisor->receiveRequest();
    hypervisor->answer(Hypervisor::headerOf(next).sequence, "again", -1);
  });
  const auto lost = call(connection);
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->result, -EAGAIN);
  const auto outcome = call(connection);
  far.join();
  ASSERT_TRUE(outcome) << outcome.error().reason;
  EXPECT_EQ(outcome->reason, "again");
}

TEST_F(BrokerTest, StartsAfreshWhenTheHypervisorsAnswerIsMalformed) {
  start();
  Connection connection = connect();
  std::thread far([&] {
    hypervisor->receiveRequest();
    hypervisor->sendGarbage(100);
    const auto next = hypervisor->receiveRequest();
    hypervisor->answer(Hypervisor::headerOf(next).sequence, "again", -1);
  });
  EXPECT_EQ(call(connection)->result, -EIO);
  const auto outcome = call(connection);
  far.join();
  ASSERT_TRUE(outcome) << outcome.error().reason;
  EXPECT_EQ(outcome->reason, "again");
}

TEST_F(BrokerTest, DropsTheAnswerOfAClientThatHasGone) {
  start();
  {
    UniqueFd gone = connectRaw();
    const auto frame = client::encodeRequest(5, {}, {});
    ASSERT_EQ(send(gone.get(), frame->data(), frame->size(), 0),
              static_cast<ssize_t>(frame->size()));
    const auto request = hypervisor->receiveRequest();
    gone.reset();
    std::this_thread::sleep_for(milliseconds{50});
    hypervisor->answer(Hypervisor::headerOf(request).sequence, "for nobody", -1);
  }
  Connection living = connect();
  std::thread far([&] {
    const auto request = hypervisor->receiveRequest();
    hypervisor->answer(Hypervisor::headerOf(request).sequence, "living", -1);
  });
  const auto outcome = call(living);
  far.join();
  EXPECT_EQ(outcome->reason, "living");
}

TEST_F(BrokerTest, TellsAllWhoWaitThatTheVmHasEnded) {
  start();
  Connection inFlight = connect();
  Connection queued = connect();
  client::Expected<client::Outcome> firstOutcome;
  client::Expected<client::Outcome> secondOutcome;
  std::thread one([&] { firstOutcome = call(inFlight); });
  hypervisor->receiveRequest();
  std::thread two([&] { secondOutcome = call(queued); });
  std::this_thread::sleep_for(milliseconds{50});
  hypervisor.reset();
  one.join();
  two.join();
  for (const auto *outcome : {&firstOutcome, &secondOutcome}) {
    ASSERT_TRUE(*outcome);
    EXPECT_EQ((*outcome)->result, -EIO);
    EXPECT_NE((*outcome)->reason.find("ended"), std::string::npos);
  }
  Connection late = connect();
  EXPECT_EQ(call(late)->result, -EIO);
}

TEST_F(BrokerTest, TurnsAwayMoreClientsThanItTakes) {
  start({.clients = 2});
  Connection one = connect();
  Connection two = connect();
  const auto third = Connection::open(Stream(connectRaw(), nullptr), std::chrono::seconds{5});
  EXPECT_FALSE(third);
}

TEST_F(BrokerTest, DropsAClientThatStopsInMidFrame) {
  start({.stall = milliseconds{50}});
  UniqueFd fd = connectRaw();
  ASSERT_EQ(send(fd.get(), &format::frameMagic, sizeof(format::frameMagic), 0), 4);
  Stream stream(std::move(fd), nullptr);
  std::byte byte;
  const auto received = stream.receive(std::span(&byte, 1), soon());
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().kind, ErrorKind::Unreachable);
}

} // namespace
} // namespace suture::vm

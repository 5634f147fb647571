// SPDX-License-Identifier: Apache-2.0
#include "cli/xen/frame_server.h"

#include "cli/client/frame_codec.h"
#include "cli/client/listing.h"

#include <algorithm>
#include <cerrno>
#include <gtest/gtest.h>

namespace suture::xen {
namespace {

using format::LivepatchOp;

/// A client's Call whose frames go through a FrameServer; `pieces` cuts the stream.
class Loop final {
public:
  explicit Loop(FrameCall call, size_t piece = 1000)
      : piece_(piece), server_(std::move(call), [this](std::span<const std::byte> frame) {
          answer_.assign(frame.begin(), frame.end());
        }) {}

  void feed(std::span<const std::byte> bytes) {
    answer_.clear();
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(piece_, bytes.size())))
      server_.receive(bytes.first(std::min(piece_, bytes.size())));
  }
  const std::vector<std::byte> &answer() const { return answer_; }

  client::Call call() {
    return [this](LivepatchOp &op,
                  std::span<const client::Buffer> buffers) -> client::Expected<client::Outcome> {
      feed(*client::encodeRequest(++sequence_, op, buffers));
      auto header = client::decodeResponseHeader(std::span(answer_).first(32));
      if (!header)
        return std::unexpected(header.error());
      EXPECT_EQ(header->sequence, sequence_);
      return client::decodeResponse(*header, std::span(answer_).subspan(32), op, buffers);
    };
  }

private:
  size_t piece_;
  FrameServer server_;
  std::vector<std::byte> answer_;
  uint32_t sequence_ = 0;
};

TEST(FrameServer, CarriesOperationsAndTheirMemory) {
  std::string uploaded;
  Loop loop([&](LivepatchOp &op,
                std::span<const CallerSegment> segments) -> client::Expected<client::Outcome> {
    EXPECT_EQ(op.command, 0u);
    EXPECT_EQ(segments.size(), 2u);
    uploaded.assign(reinterpret_cast<const char *>(segments[1].bytes.data()),
                    segments[1].bytes.size());
    return client::Outcome{0, ""};
  });
  const std::string payload(5000, 'x');
  ASSERT_TRUE(client::upload(loop.call(), "p", std::as_bytes(std::span(payload))).has_value());
  EXPECT_EQ(uploaded, payload);
}

TEST(FrameServer, AnswersResetAndGoesOnAfterAMalformedFrame) {
  Loop loop([](LivepatchOp &, std::span<const CallerSegment>) -> client::Expected<client::Outcome> {
    return client::Outcome{-ENOENT, "no such payload"};
  });
  auto bad = client::encodeReset(1);
  bad[0] = std::byte{0};
  loop.feed(bad);
  ASSERT_FALSE(loop.answer().empty());
  loop.feed(client::encodeReset(7));
  auto header = client::decodeResponseHeader(loop.answer());
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->sequence, 7u);
  EXPECT_EQ(header->result, 0);
  auto status = client::get(loop.call(), "p");
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().errnoValue, ENOENT);
  EXPECT_EQ(status.error().reason, "no such payload");
}

TEST(FrameServer, AnErrorOfItsOwnSideIsAnAnswerToo) {
  Loop loop([](LivepatchOp &, std::span<const CallerSegment>) -> client::Expected<client::Outcome> {
    return client::failure(client::ErrorKind::Unreachable, ENODEV, "no Xen");
  });
  auto status = client::get(loop.call(), "p");
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().errnoValue, ENODEV);
  EXPECT_EQ(status.error().reason, "no Xen");
}

TEST(FrameServer, BringsOutBuffersBack) {
  Loop loop(
      [](LivepatchOp &op,
         std::span<const CallerSegment> segments) -> client::Expected<client::Outcome> {
        if (op.command != static_cast<uint32_t>(format::Command::List))
          return client::Outcome{-EOPNOTSUPP, ""};
        const uint32_t wanted = op.u.list.count;
        op.u.list.version = 3;
        op.u.list.nameTotalSize = 4;
        op.u.list.count = wanted == 0 ? 1 : 0;
        if (wanted == 0)
          return client::Outcome{0, ""};
        const auto fill = [&](format::Handle handle, const auto &value) {
          const auto found = std::ranges::find(segments, handle, &CallerSegment::address);
          std::ranges::copy(std::as_bytes(std::span(&value, 1)), found->bytes.begin());
        };
        const char name[4] = {'f', 'i', 'x', '\0'};
        fill(op.u.list.name, name);
        fill(op.u.list.status, format::PayloadStatus{2, 0});
        fill(op.u.list.nameLength, uint32_t{4});
        fill(op.u.list.metadataLength, uint32_t{0});
        return client::Outcome{1, ""};
      },
      7);
  auto listing = client::list(loop.call());
  ASSERT_TRUE(listing.has_value()) << listing.error().reason;
  ASSERT_EQ(listing->payloads.size(), 1u);
  EXPECT_EQ(listing->payloads[0].name, "fix");
  EXPECT_EQ(listing->payloads[0].state, format::PayloadState::Applied);
}

} // namespace
} // namespace suture::xen

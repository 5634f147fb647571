// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/virtio/queue.h"

#include <gtest/gtest.h>
#include <memory>

namespace suture::hv::virtio {
namespace {

/// The other side of the ring.
struct Device {
  std::unique_ptr<RingPage> page = std::make_unique<RingPage>();
  uint16_t seen = 0;

  std::optional<uint16_t> take(uint16_t size) {
    if (seen == page->available.index.load())
      return std::nullopt;
    return page->available.ring[seen++ % size];
  }
  void give(uint32_t id, uint32_t length, uint16_t size) {
    uint16_t index = page->used.index.load();
    page->used.ring[index % size] = {id, length};
    page->used.index.store(static_cast<uint16_t>(index + 1));
  }
};

TEST(Queue, DeviceSeesTheBufferThatWasSubmitted) {
  Device device;
  Queue queue{*device.page, 8};
  queue.submit(3, {0x5000}, 100, Direction::FromDevice);
  auto slot = device.take(8);
  ASSERT_EQ(slot, 3);
  EXPECT_EQ(device.page->descriptors[3].address, 0x5000u);
  EXPECT_EQ(device.page->descriptors[3].length, 100u);
  EXPECT_EQ(device.page->descriptors[3].flags, 2);
  queue.submit(4, {0x6000}, 1, Direction::ToDevice);
  EXPECT_EQ(device.take(8), 4);
  EXPECT_EQ(device.page->descriptors[4].flags, 0);
}

TEST(Queue, IndicesWrapAroundSixteenBits) {
  Device device;
  Queue queue{*device.page, 4};
  for (uint32_t i = 0; i < 70000; ++i) {
    auto slot = static_cast<uint16_t>(i % 4);
    queue.submit(slot, {0x1000}, 4096, Direction::FromDevice);
    ASSERT_EQ(device.take(4), slot);
    device.give(slot, i, 4);
    auto done = queue.complete();
    ASSERT_TRUE(done);
    ASSERT_EQ(done->slot, slot);
    ASSERT_EQ(done->length, i);
    ASSERT_FALSE(queue.complete());
  }
}

TEST(Queue, CompletionOfABufferThatDoesNotExistIsDropped) {
  Device device;
  Queue queue{*device.page, 4};
  device.give(4, 1, 4);
  device.give(2, 7, 4);
  auto done = queue.complete();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->slot, 2);
}

} // namespace
} // namespace suture::hv::virtio

// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/livepatch/unpatchable_unit.h"

#include "hypervisor/livepatch/livepatch.h"

#include "hypervisor/lib/byte_view.h"
#include "hypervisor/log/log.h"

#include <algorithm>
#include <cstring>

namespace suture::hv {
namespace {

/// A frame's first bytes, as far as they are the same for every frame.
bool startsWithHeader(std::span<const std::byte> bytes) {
  const ByteView view{bytes};
  const auto header = view.read<format::FrameHeader>(0);
  return header && header->magic == format::frameMagic && header->version == format::frameVersion &&
         header->padding == 0;
}

} // namespace

Livepatch::Livepatch(Hypervisor &hypervisor, std::span<std::byte> buffers)
    : hypervisor_{hypervisor}, platform_{hypervisor}, core_{platform_}, handler_{core_},
      channel_{handler_, buffers.first(frameBufferSize),
               buffers.subspan(frameBufferSize, frameBufferSize)},
      outbox_{buffers.subspan(2 * frameBufferSize)} {}

bool Livepatch::pump(virtio::SerialDevice &device) {
  while (outboxSent_ < outboxSize_) {
    const auto room = device.room(*port_);
    if (room.empty())
      return false;
    const size_t size = std::min(room.size(), outboxSize_ - outboxSent_);
    std::memcpy(room.data(), outbox_.data() + outboxSent_, size);
    device.send(*port_, size);
    outboxSent_ += size;
  }
  return true;
}

void Livepatch::enqueue(virtio::SerialDevice &device, std::span<const std::byte> frame) {
  constexpr uint64_t patienceNs = 1'000'000'000;
  const uint64_t end = hypervisor_.clock.nowNs() + patienceNs;
  while (!pump(device)) {
    if (hypervisor_.clock.nowNs() > end) {
      log("control: a client asks without reading answers; one of {} bytes is dropped",
          frame.size());
      return;
    }
    x86::pause();
  }
  outboxSize_ = std::min(frame.size(), outbox_.size());
  outboxSent_ = 0;
  std::memcpy(outbox_.data(), frame.data(), outboxSize_);
  (void)pump(device);
}

void Livepatch::serve(virtio::SerialDevice &device) {
  if (!port_)
    port_ = device.find(portName);
  if (!port_)
    return;
  for (;;) {
    // A client that does not read its answers is not listened to.
    if (!pump(device))
      return;
    const auto bytes = device.received(*port_);
    // After the bytes were taken: that their client came has been told before they were sent.
    device.processEvents();
    if (const uint32_t session = device.session(*port_); session != session_) {
      session_ = session;
      outboxSize_ = outboxSent_ = 0;
      channel_.startSession();
      waiting_ = Waiting::OfBoth;
      // Whether the old client left bytes is known from now on: they came before this was told.
      if (bytes.empty())
        continue;
    }
    if (bytes.empty()) {
      if (waiting_ == Waiting::OfBoth)
        waiting_ = Waiting::FirstOfNew;
      return;
    }
    if (waiting_ != Waiting::OfOne && startsWithHeader(bytes))
      channel_.startSession();
    if (waiting_ == Waiting::FirstOfNew)
      waiting_ = Waiting::OfOne;
    channel_.receive(bytes, [&](std::span<const std::byte> frame) { enqueue(device, frame); });
    device.consume(*port_, bytes.size());
  }
}

bool Livepatch::safePoint(Cpu &cpu) {
  if (cpu.index == 0) {
    if (!core_.isBusy() && x86::rdtsc() < platform_.deadlineTicks())
      return false;
    core_.runPending();
    return true;
  }
  if (const uint64_t wanted = hypervisor_.tlbGeneration.load(std::memory_order_acquire);
      cpu.tlbGeneration.load(std::memory_order_relaxed) != wanted) {
    x86::flushTlb();
    cpu.tlbGeneration.store(wanted, std::memory_order_release);
  }
  RendezvousCpu self{hypervisor_.clock};
  return platform_.rendezvous().isRequested() && platform_.rendezvous().join(self);
}

} // namespace suture::hv

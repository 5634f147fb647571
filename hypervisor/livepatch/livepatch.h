// SPDX-License-Identifier: Apache-2.0
#pragma once
// Live patching as the rest of the hypervisor sees it: a control port to serve, and a safe point.

#include "hypervisor/livepatch/hv_platform.h"
#include "hypervisor/virtio/serial.h"
#include "runtime/control/frame_channel.h"
#include "runtime/control/handler.h"
#include "runtime/core/core.h"

namespace suture::hv {

class Livepatch final {
public:
  static constexpr std::string_view portName = "suture.control";

  /// \param buffers  three times frameBufferSize bytes; outlive this.
  Livepatch(Hypervisor &hypervisor, std::span<std::byte> buffers);
  Livepatch(const Livepatch &) = delete;
  Livepatch &operator=(const Livepatch &) = delete;

  /// Reads requests from the control port and writes answers to it. Never waits for a client that
  /// reads slowly, unless the client asks on without reading: then for a second, and the session
  /// ends. Context: control, CPU 0.
  void serve(virtio::SerialDevice &device);

  /// Takes part in a rendezvous, or does what was asked for. True when the stack is to be
  /// abandoned. Context: the loop's safe point, any CPU.
  bool safePoint(Cpu &cpu);

  /// When CPU 0 must come to its safe point at the latest, in TSC ticks, or ~0.
  [[nodiscard]] uint64_t deadlineTicks() const { return platform_.deadlineTicks(); }

  /// Pages of payload memory that are taken.
  [[nodiscard]] size_t payloadPages() const { return platform_.payloadPages(); }
  /// For the benchmark image, which measures what a commit does at least.
  [[nodiscard]] HvPlatform &platform() { return platform_; }

private:
  void enqueue(virtio::SerialDevice &device, std::span<const std::byte> frame);
  bool pump(virtio::SerialDevice &device);

  Hypervisor &hypervisor_;
  HvPlatform platform_;
  LivepatchCore<HvPlatform> core_;
  ControlHandler<HvPlatform> handler_;
  FrameChannel<HvPlatform> channel_;
  std::optional<virtio::PortNumber> port_;
  uint32_t session_ = 0;
  /// Whose bytes wait to be read, after a client went and another came. The device keeps what two
  /// clients wrote in buffers of their own: a buffer that starts with a header starts anew.
  enum class Waiting : uint8_t {
    OfOne,
    OfBoth,
    /// None waits, the next are the new client's; what was read last may still have been the old
    /// one's.
    FirstOfNew,
  };
  Waiting waiting_ = Waiting::OfOne;
  std::span<std::byte> outbox_;
  size_t outboxSize_ = 0;
  size_t outboxSent_ = 0;
};

} // namespace suture::hv

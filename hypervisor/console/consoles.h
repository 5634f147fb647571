// SPDX-License-Identifier: Apache-2.0
#pragma once
// Carries bytes between guests' serial ports and the ports `suture.console.GUEST` of the virtio
// console. One CPU does it.

#include "hypervisor/guest/vm.h"
#include "hypervisor/virtio/serial.h"

#include <span>

namespace suture::hv {

class Consoles final {
public:
  static constexpr std::string_view portPrefix = "suture.console.";

  /// Moves what can be moved. Output of a guest whose port is not there stays in its ring; once
  /// that is full it is dropped, so that the guest goes on.
  static void serve(virtio::SerialDevice &device, std::span<Vm *const> guests);
  /// The same for a machine without the device.
  static void drop(std::span<Vm *const> guests);

private:
  static void sendOutput(virtio::SerialDevice &device, virtio::PortNumber port, Uart &uart);
  static void takeInput(virtio::SerialDevice &device, virtio::PortNumber port, Uart &uart);
};

} // namespace suture::hv

// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/console/consoles.h"

#include <algorithm>
#include <cstring>

namespace suture::hv {
namespace {

void dropIfFull(Uart &uart) {
  std::array<std::byte, 256> nowhere{};
  if (uart.output.full())
    while (uart.output.pop(nowhere) != 0) {
    }
}

std::optional<virtio::PortNumber> portOf(const virtio::SerialDevice &device, const Vm &vm) {
  std::array<char, 96> name{};
  const auto prefix = Consoles::portPrefix;
  const auto guest = vm.nameText();
  std::memcpy(name.data(), prefix.data(), prefix.size());
  std::memcpy(name.data() + prefix.size(), guest.data(), guest.size());
  return device.find({name.data(), prefix.size() + guest.size()});
}

} // namespace

void Consoles::sendOutput(virtio::SerialDevice &device, virtio::PortNumber port, Uart &uart) {
  while (!uart.output.empty()) {
    const auto room = device.room(port);
    if (room.empty())
      return;
    device.send(port, uart.output.pop(room));
  }
}

void Consoles::takeInput(virtio::SerialDevice &device, virtio::PortNumber port, Uart &uart) {
  for (auto bytes = device.received(port); !bytes.empty(); bytes = device.received(port)) {
    size_t taken = 0;
    while (taken < bytes.size() && uart.input.push(bytes[taken]))
      ++taken;
    device.consume(port, taken);
    if (taken < bytes.size())
      return;
  }
}

void Consoles::serve(virtio::SerialDevice &device, std::span<Vm *const> guests) {
  for (Vm *vm : guests) {
    if (const auto port = portOf(device, *vm)) {
      sendOutput(device, *port, vm->uart);
      takeInput(device, *port, vm->uart);
    } else {
      dropIfFull(vm->uart);
    }
  }
}

void Consoles::drop(std::span<Vm *const> guests) {
  for (Vm *vm : guests)
    dropIfFull(vm->uart);
}

} // namespace suture::hv

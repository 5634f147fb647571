// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/guest/ports.h"

#include "hypervisor/core/hypervisor.h"
#include "hypervisor/guest/exit_support.h"

namespace suture::hv {
namespace {

/// exitInfo1 of an IOIO exit (APM vol.2 15.10.2).
struct PortAccess {
  explicit PortAccess(uint64_t info)
      : input{(info & 1) != 0}, string{(info & 4) != 0}, size{static_cast<unsigned>(info >> 4 & 7)},
        port{static_cast<uint16_t>(info >> 16)} {}
  bool input;
  bool string;
  /// 1, 2 or 4 bytes.
  unsigned size;
  uint16_t port;

  [[nodiscard]] uint64_t mask() const { return (uint64_t{1} << (8 * size)) - 1; }
};

/// RAX after an input: 1 and 2 bytes replace the low part, 4 bytes clear the rest (APM
/// vol.1 3.1.2).
uint64_t merge(uint64_t rax, uint64_t value, const PortAccess &access) {
  return access.size == 4 ? value : (rax & ~access.mask()) | (value & access.mask());
}

} // namespace

void handlePort(Cpu &cpu, Vcpu &vcpu) {
  const PortAccess access{vcpu.vmcb.control.exitInfo1};
  if (access.string)
    return endGuest(vcpu, "string input or output, which no device here has");
  uint64_t &rax = vcpu.vmcb.save.rax;
  const bool serial = Uart::owns(access.port);
  const auto offset = static_cast<uint16_t>(access.port - Uart::firstPort);
  if (access.input) {
    rax = merge(rax, serial ? vcpu.vm.uart.read(offset) : access.mask(), access);
  } else if (serial) {
    const auto value = static_cast<uint8_t>(rax);
    if (vcpu.vm.uart.write(offset, value) == Uart::WriteResult::Full) {
      // RIP stays where it is: the guest tries again when it is its turn again.
      cpu.hypervisor->consoleHasWork();
      return;
    }
    if (value == '\n' || vcpu.vm.uart.output.full())
      cpu.hypervisor->consoleHasWork();
  }
  // exitInfo2 is the next RIP.
  advance(vcpu, vcpu.vmcb.control.exitInfo2 - vcpu.vmcb.save.rip);
}

} // namespace suture::hv

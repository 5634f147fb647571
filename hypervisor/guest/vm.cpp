// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/guest/vm.h"

#include "hypervisor/memory/layout.h"

namespace suture::hv {

std::span<std::byte> Vm::bytes() const {
  return {layout::direct<std::byte>(memory.begin), memory.size()};
}

} // namespace suture::hv

// SPDX-License-Identifier: Apache-2.0
// A hypercall that dereferences what it should not, for the test of exception reports. Only the
// crash-test image has it.

#include "hypervisor/guest/hypercall.h"

namespace suture::hv::testing {

/// Not static, so that the report names them as they are.
int64_t crashInner(uint64_t address);
int64_t crashOuter(uint64_t address);

[[gnu::noinline]] int64_t crashInner(uint64_t address) {
  return *reinterpret_cast<volatile int64_t *>(address) + 1;
}
[[gnu::noinline]] int64_t crashOuter(uint64_t address) { return crashInner(address) + 1; }

namespace {

int64_t crashCall(HypercallContext &) {
  constexpr uint64_t nowhere = 0x123456000;
  return crashOuter(nowhere) + 1;
}
SUTURE_HYPERCALL(0x101, crashCall);

} // namespace
} // namespace suture::hv::testing

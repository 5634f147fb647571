// SPDX-License-Identifier: Apache-2.0
#pragma once
// Hypercalls: VMMCALL with the number in RAX and arguments in RDI and RSI; the result comes back in
// RAX, 0 or more, or a negated errno. Each handler is registered by itself, so that a module that
// is linked into one image only brings its own.

#include "hypervisor/guest/vcpu.h"

#include <cstdint>

namespace suture::hv {

class Hypervisor;

/// What a handler sees.
struct HypercallContext {
  Hypervisor &hypervisor;
  Vcpu &vcpu;
  uint64_t firstArgument;
  uint64_t secondArgument;
};

using HypercallHandler = int64_t (*)(HypercallContext &context);

/// Numbers that every image knows.
namespace hypercall {
/// ns since the hypervisor started.
inline constexpr uint64_t time = 1;
/// Arms the virtual CPU's timer: first argument in ns since the hypervisor started, second the
/// vector of the interrupt. A moment that has passed is due at once.
inline constexpr uint64_t setTimer = 2;
/// The guest is done; first argument is logged.
inline constexpr uint64_t exit = 3;
} // namespace hypercall

namespace hypercall_error {
inline constexpr int64_t invalid = -22;
inline constexpr int64_t notSupported = -38;
} // namespace hypercall_error

struct HypercallEntry {
  uint64_t number;
  HypercallHandler handler;
};

} // namespace suture::hv

/// Registers a handler; the linker gathers the entries.
#define SUTURE_HYPERCALL(number, handler)                                                          \
  [[gnu::section("suture_hypercalls"), gnu::used,                                                  \
    gnu::retain]] static constexpr ::suture::hv::HypercallEntry handler##Entry {                   \
    number, handler                                                                                \
  }

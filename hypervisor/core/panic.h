// SPDX-License-Identifier: Apache-2.0
#pragma once
// The end: a message, where it happened, and the machine off.

#include "hypervisor/lib/format.h"
#include "hypervisor/lib/symbols.h"
#include "hypervisor/x86/entry_points.h"

namespace suture::hv {

/// The image's own symbol table.
SymbolTable imageSymbols();

/// Logs `suture-hv: panic: ...` with a backtrace, then switches the machine off; where firmware
/// gave no way to, all CPUs halt. Any context; the first CPU to get here does the talking.
[[noreturn]] void panicArguments(std::string_view pattern,
                                 std::span<const FormatArgument> arguments);

template <class... T> [[noreturn]] void panic(std::string_view pattern, const T &...values) {
  const std::array<FormatArgument, sizeof...(T) + 1> arguments{FormatArgument{values}...,
                                                               FormatArgument{""}};
  panicArguments(pattern, std::span{arguments}.first(sizeof...(T)));
}

/// The same for an exception that hypervisor code raised, with its registers.
[[noreturn]] void panicOnException(const x86::Frame &frame);

} // namespace suture::hv

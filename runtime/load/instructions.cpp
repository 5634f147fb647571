// SPDX-License-Identifier: Apache-2.0
#include "runtime/load/instructions.h"

#include "runtime/format/payload.h"

#include <algorithm>
#include <cstring>

namespace suture {
namespace {

constexpr size_t longestNop = 9;

/// Row n-1 is the recommended NOP of n bytes. Source: APM vol.3, NOP (multi-byte forms).
constexpr uint8_t nops[longestNop][longestNop] = {
    {0x90},                                                 // nop
    {0x66, 0x90},                                           // xchg %ax,%ax
    {0x0f, 0x1f, 0x00},                                     // nopl (%rax)
    {0x0f, 0x1f, 0x40, 0x00},                               // nopl 0(%rax)
    {0x0f, 0x1f, 0x44, 0x00, 0x00},                         // nopl 0(%rax,%rax,1)
    {0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00},                   // nopw 0(%rax,%rax,1)
    {0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00},             // nopl 0L(%rax)
    {0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},       // nopl 0L(%rax,%rax,1)
    {0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00}, // nopw 0L(%rax,%rax,1)
};

} // namespace

void encodePatch(PatchedFunction &function) noexcept {
  if (function.isNop()) {
    for (size_t done = 0; done < function.length;) {
      const size_t size = std::min(longestNop, function.length - done);
      std::memcpy(function.patch + done, nops[size - 1], size);
      done += size;
    }
    return;
  }
  // jmp rel32, counted from the end of the jump.
  function.patch[0] = 0xe9;
  const auto displacement =
      static_cast<uint32_t>(function.newAddress - (function.site() + format::jumpSize));
  std::memcpy(function.patch + 1, &displacement, sizeof(displacement));
}

} // namespace suture

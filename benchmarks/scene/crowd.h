// SPDX-License-Identifier: Apache-2.0
#pragma once
// Many payloads at once, to see how what the core does grows with their number: n payloads that
// each export a symbol, one that is linked to all of them, and one with n symbols of its own.

#include "benchmarks/scene/flat_caller.h"
#include "benchmarks/scene/machine.h"
#include "runtime/control/handler.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace suture::benchmarks {

class Crowd final {
public:
  /// \param count  payloads, at most 100,000.
  explicit Crowd(uint32_t count);

  // Each ends the program with the reason when it does not work, as Machine does.

  /// Uploads all, each with a new symbol that is looked for in all others.
  void upload();
  /// Walks the list in chunks of 100.
  void list();
  /// Uploads the payload that is linked to all others, tries to unload each of those, which is
  /// refused, and unloads it again.
  void link();
  /// Unloads all, the oldest first.
  void unload();
  /// Uploads and unloads one payload with as many new symbols as there are payloads.
  void symbols();

private:
  [[nodiscard]] uint32_t listOnce(uint32_t from);

  uint32_t count_;
  Machine machine_;
  ControlHandler<host::HostPlatform> handler_;
  FlatCaller caller_;
  format::ListRequest listRequest_{};
  std::vector<std::vector<std::byte>> files_;
  std::vector<std::byte> user_, symbols_;
};

} // namespace suture::benchmarks

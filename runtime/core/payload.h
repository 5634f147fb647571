// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the core keeps for each payload.

#include "runtime/core/state.h"
#include "runtime/error/error.h"
#include "runtime/format/control.h"
#include "runtime/format/payload.h"
#include "runtime/load/loaded_payload.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace suture {

/// A loaded payload. Lives from upload to unload; only the core changes it.
template <LoadPlatform P> struct Payload final {
  using Loaded = LoadedPayload<P, Payload>;

  Payload(std::string_view wantedName, Loaded &&loadedPayload) noexcept
      : loaded(std::move(loadedPayload)), nameLength(wantedName.size()) {
    wantedName.copy(nameBytes, sizeof(nameBytes) - 1);
  }

  [[nodiscard]] std::string_view name() const noexcept { return {nameBytes, nameLength}; }
  /// Size of the name with its NUL.
  [[nodiscard]] uint32_t nameSize() const noexcept { return static_cast<uint32_t>(nameLength + 1); }
  [[nodiscard]] uint32_t metadataSize() const noexcept {
    return static_cast<uint32_t>(loaded.metadata.size());
  }

  /// Whether its metadata say that addresses of its own get into the hypervisor's data: once it was
  /// applied, something may point at it even after a revert.
  [[nodiscard]] bool forbidsUnload() const noexcept {
    std::string_view rest = loaded.metadata;
    for (size_t end; (end = rest.find('\0')) != std::string_view::npos; rest.remove_prefix(end + 1))
      if (rest.substr(0, end) == "unload=no")
        return true;
    return false;
  }

  Loaded loaded;
  State state = State::Checked;
  /// Its functions' new bytes stand in the text and their `saved` is what they replaced. All or
  /// none: nothing can come between the writes of one payload. Only a commit changes it.
  bool isWritten = false;
  /// It was applied once: writable data may have changed since.
  bool wasApplied = false;
  /// Result of the last action, 0 or a negated errno; -Again while one is under way.
  int32_t result = 0;
  /// Why the last action failed.
  std::optional<Error> failure;
  format::ActionTimes times{};
  /// 1 for the bottom of the applied stack, 0 for a payload that is not applied.
  uint32_t stackPosition = 0;
  /// The first of the links that payloads have to this one; null when it may be unloaded.
  PayloadLink<Payload> *firstUser = nullptr;
  /// nowNs() at which it reverts itself; 0 when it is not on probation.
  uint64_t probationEndNs = 0;
  /// Neighbours in upload order.
  Payload *previous = nullptr, *next = nullptr;
  size_t nameLength;
  char nameBytes[format::nameSize] = {};
};

} // namespace suture

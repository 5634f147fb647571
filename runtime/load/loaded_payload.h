// SPDX-License-Identifier: Apache-2.0
#pragma once
// A payload in memory: what the loader makes and the core keeps.

#include "runtime/load/build_id.h"
#include "runtime/load/functions.h"
#include "runtime/load/hooks.h"
#include "runtime/load/special.h"
#include "runtime/memory/array.h"
#include "runtime/platform.h"

#include <cstdint>
#include <string_view>
#include <utility>

namespace suture {

/// A symbol that a loaded payload defines.
struct PayloadSymbol {
  std::string_view name;
  HvVirt address;
  uint64_t size = 0;
  /// Index in the file's symbol table, for messages.
  uint32_t index = 0;
  /// Not the replacement of a function: other payloads may link to it.
  bool isNew = false;
};

/// That one payload's relocations or patched addresses point into another: an entry in the user's
/// own list, and a member of the provider's list of users once both are loaded.
template <typename Owner> struct PayloadLink {
  Owner *provider = nullptr;
  Owner *user = nullptr;
  PayloadLink *previous = nullptr, *next = nullptr;
};

/// Payload memory that is given back with the holder.
template <LoadPlatform P> class PayloadMemoryHolder final {
public:
  explicit PayloadMemoryHolder(P &platform) noexcept : platform_(&platform) {}
  PayloadMemoryHolder(PayloadMemoryHolder &&other) noexcept
      : platform_(other.platform_), memory_(std::exchange(other.memory_, {})),
        held_(std::exchange(other.held_, false)) {}
  PayloadMemoryHolder &operator=(PayloadMemoryHolder &&) = delete;
  PayloadMemoryHolder(const PayloadMemoryHolder &) = delete;
  PayloadMemoryHolder &operator=(const PayloadMemoryHolder &) = delete;
  ~PayloadMemoryHolder() {
    if (!held_)
      return;
    if constexpr (SpecialSectionPlatform<P>)
      platform_->detachSections(memory_);
    platform_->releasePayload(memory_);
  }

  void hold(const PayloadMemory &memory) noexcept {
    memory_ = memory;
    held_ = true;
  }
  [[nodiscard]] const PayloadMemory &get() const noexcept { return memory_; }

private:
  P *platform_;
  PayloadMemory memory_;
  bool held_ = false;
};

/// \tparam Owner  what the core keeps for each payload; links point to it.
template <LoadPlatform P, typename Owner> struct LoadedPayload final {
  explicit LoadedPayload(P &platform) noexcept
      : memory(platform), functions(platform), hookList(platform), symbols(platform),
        strings(platform), links(platform) {}

  PayloadMemoryHolder<P> memory;
  OwnedArray<PatchedFunction, P> functions;
  /// Load hooks, then unload hooks.
  OwnedArray<HvVirt, P> hookList;
  Hooks hooks;
  OwnedArray<PayloadSymbol, P> symbols;
  /// Names of the symbols, then the metadata.
  OwnedArray<char, P> strings;
  /// `.modinfo`: key=value strings, each with its NUL.
  std::string_view metadata;
  BuildId id, depends;
  /// To other payloads, each once. Does not move any more when the payload is loaded.
  GrowingArray<PayloadLink<Owner>, P> links;
  bool hasWritableData = false;

  /// Bytes of payload memory.
  [[nodiscard]] uint64_t memorySize() const noexcept {
    const PayloadMemory &held = memory.get();
    return held.text.bytes.size() + held.constants.bytes.size() + held.data.bytes.size();
  }
};

} // namespace suture

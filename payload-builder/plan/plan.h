// SPDX-License-Identifier: Apache-2.0
#pragma once
// The fifth stage's outcome: what the payload will hold, bound to what.

#include "payload-builder/objects/explain.h"
#include "payload-builder/support/address.h"
#include "payload-builder/support/refusal.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace suture::builder {

/// Index into Plan::chunks.
struct ChunkIndex {
  uint32_t value = 0;
  auto operator<=>(const ChunkIndex &) const = default;
};

/// Index into Plan::symbols.
struct BoundSymbolIndex {
  uint32_t value = 0;
  auto operator<=>(const BoundSymbolIndex &) const = default;
};

/// Where in the payload a chunk's bytes go.
enum class ChunkRole { Text, Constant, Data, Zero };

/// A relocation of a chunk. `S + A` (64) or `S + A - P` (PC32, PLT32), with S the start of the
/// chunk or the symbol's address, P the field's. Source: System V psABI x86-64, 4.4.1.
struct PlannedReference {
  /// Of the field, from the chunk's start.
  uint64_t offset = 0;
  /// R_X86_64_64, PC32 or PLT32.
  uint32_t type = 0;
  int64_t addend = 0;
  std::variant<ChunkIndex, BoundSymbolIndex> target;
};

/// Bytes that the payload carries, in one piece.
struct Chunk {
  ChunkRole role = ChunkRole::Text;
  /// A section of its own that the loader knows by name; "": that of its role.
  std::string section;
  /// Symbol that the payload gives it, as the loader names symbols; "" for none.
  std::string symbol;
  bool isFunction = false;
  /// Other payloads may link to it: a new function or object, not a replacement.
  bool isExported = false;
  uint64_t size = 0;
  uint64_t alignment = 1;
  /// Empty for ChunkRole::Zero.
  std::vector<uint8_t> bytes;
  /// Sorted by offset.
  std::vector<PlannedReference> references;
  /// What a report calls it.
  std::string description;
};

/// Something outside the payload.
struct BoundSymbol {
  /// As the loader names it.
  std::string name;
  /// Bound by address (an SHN_ABS symbol); nullopt: the loader looks the name up.
  std::optional<TargetAddress> address;
};

/// A function that the payload replaces.
struct PlannedFunction {
  /// As the loader names it.
  std::string name;
  /// As the user writes it.
  std::string displayName;
  /// nullopt: a lower payload brought it, and the loader looks the name up.
  std::optional<TargetAddress> oldAddress;
  uint32_t oldSize = 0;
  ChunkIndex code;
  uint32_t newSize = 0;
  /// Bytes at oldAddress when the payload is applied; may be empty.
  std::vector<uint8_t> expectation;
  Why why;
  /// Main file of its unit.
  std::string unit;
};

/// A name and value of `.modinfo`.
struct MetadataEntry {
  std::string key, value;
};

struct Plan {
  /// Sorted by name.
  std::vector<PlannedFunction> functions;
  std::vector<Chunk> chunks;
  std::vector<BoundSymbol> symbols;
  /// Build-ids: of the hypervisor, and of what lies directly under this payload.
  std::vector<uint8_t> xenDepends, depends;
  std::vector<MetadataEntry> metadata;
  /// Constants of the target that have another value for code of this payload, carried or not, as
  /// the loader names symbols; sorted.
  std::vector<std::string> constants;
  /// What was seen and is not in the payload, with the reason: "init function f: gone after boot".
  std::vector<std::string> notes;
  std::vector<Refusal> refusals;
};

/// Functions, chunks, symbols, notes and refusals, one a line.
std::string dump(const Plan &plan);

} // namespace suture::builder

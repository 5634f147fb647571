// SPDX-License-Identifier: Apache-2.0
#pragma once
// A unit's facts as bytes, for the cache.

#include "payload-builder/changes/unit_facts.h"
#include "payload-builder/units/tree_file_system.h"

#include <optional>
#include <string>
#include <string_view>

namespace suture::builder {

/// What the cache keeps of one parse.
struct CachedFacts {
  /// Of the compiler's arguments and of all else that the parse hangs on but files.
  ContentHash key = {};
  /// What was read, and what was looked for in vain.
  FileReads reads;
  UnitFacts facts;
};

/// The same facts give the same bytes.
std::string toBytes(const CachedFacts &cached);

/// nullopt: damaged, cut short, or of another version of the format. Any bytes will do: nothing is
/// read outside of them, and no more memory is taken than a small multiple of what they say.
std::optional<CachedFacts> fromBytes(std::string_view bytes);

} // namespace suture::builder

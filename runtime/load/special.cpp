// SPDX-License-Identifier: Apache-2.0
#include "runtime/load/special.h"

#include <type_traits>

namespace suture {
namespace {

/// An entry of `.altinstructions`: offsets are from the field itself.
struct [[gnu::packed]] AlternativeEntry {
  int32_t origin, replacement;
  uint16_t feature;
  uint8_t originLength, replacementLength, padLength, patched;
};
static_assert(std::is_trivially_copyable_v<AlternativeEntry> && sizeof(AlternativeEntry) == 14);

HvVirt relativeTo(HvVirt field, int32_t offset) noexcept {
  return field + static_cast<uint64_t>(static_cast<int64_t>(offset));
}

struct Where {
  const PlacedSections &sections;
  uint32_t section;
  std::string_view name;
};

std::unexpected<Error> failIn(const Where &where, Error error) noexcept {
  error.section = where.section;
  error.subject = {where.name};
  return fail(error);
}

Result<> checkAlternatives(const Where &where) noexcept {
  const PlacedSections &sections = where.sections;
  if (sections.memory().text.bytes.empty())
    return failIn(where, {.code = ErrorCode::AlternativesWithoutText});
  const uint32_t replacements = sections.file().findSection(".altinstr_replacement");
  if (replacements == 0 || !sections.isLoaded(replacements))
    return failIn(where, {.code = ErrorCode::AlternativesWithoutReplacement});

  const ByteView entries = sections.contents(where.section);
  const HvVirt base = sections.address(where.section);
  const HvVirt replacementBase = sections.address(replacements);
  const uint64_t replacementSize = sections.bytes(replacements).size();
  const uint64_t count = entries.size() / sizeof(AlternativeEntry);
  for (uint32_t index = 0; index < count; ++index) {
    const uint64_t offset = index * sizeof(AlternativeEntry);
    const auto entry = *entries.read<AlternativeEntry>(offset);
    const HvVirt origin = relativeTo(base + offset, entry.origin);
    if (!sections.isText(origin, entry.originLength))
      return failIn(where, {.code = ErrorCode::AlternativeOriginOutside,
                            .entry = index,
                            .offset = origin.value,
                            .value = entry.originLength});
    // An empty replacement may lie at the very end of its section.
    const HvVirt replacement = relativeTo(base + offset + 4, entry.replacement);
    const uint64_t inside = replacement - replacementBase;
    if (inside > replacementSize || entry.replacementLength > replacementSize - inside)
      return failIn(where, {.code = ErrorCode::AlternativeReplacementOutside,
                            .entry = index,
                            .offset = replacement.value,
                            .value = entry.replacementLength});
  }
  return {};
}

Result<> checkAlternativeCalls(const Where &where) noexcept {
  constexpr uint8_t indirectCall[2] = {0xff, 0x15}; // call *disp32(%rip)
  constexpr uint64_t callSize = 6;
  const PlacedSections &sections = where.sections;
  const ByteView entries = sections.contents(where.section);
  const HvVirt base = sections.address(where.section);
  const PayloadRegion &text = sections.memory().text;
  for (uint32_t index = 0; index < entries.size() / sizeof(int32_t); ++index) {
    const uint64_t offset = index * sizeof(int32_t);
    const HvVirt call = relativeTo(base + offset, *entries.read<int32_t>(offset));
    if (!sections.isText(call, callSize))
      return failIn(
          where, {.code = ErrorCode::AlternativeCallOutside, .entry = index, .offset = call.value});
    const ByteView code = *ByteView{text.bytes}.slice(call - text.address, callSize);
    if (code.read<uint8_t>(0) != indirectCall[0] || code.read<uint8_t>(1) != indirectCall[1])
      return failIn(
          where,
          {.code = ErrorCode::AlternativeCallBadInstruction, .entry = index, .offset = call.value});
  }
  return {};
}

} // namespace

Result<std::optional<FoundSpecial>> findSpecial(const PlacedSections &sections,
                                                const SpecialKindRow &row) noexcept {
  const uint32_t section = sections.file().findSection(row.name);
  if (section == 0 || !sections.isLoaded(section))
    return std::nullopt;
  const std::span<std::byte> bytes = sections.bytes(section);
  const Where where{sections, section, row.name};
  if (bytes.size() % row.entrySize != 0)
    return failIn(where, {.code = ErrorCode::SpecialSizeNotMultiple,
                          .value = bytes.size(),
                          .allowed = row.entrySize});
  if (bytes.empty())
    return std::nullopt;
  if (row.kind == SpecialKind::Alternatives)
    SUTURE_TRY(checkAlternatives(where));
  if (row.kind == SpecialKind::AlternativeCalls)
    SUTURE_TRY(checkAlternativeCalls(where));
  return FoundSpecial{.section = section,
                      .handOver = {.kind = row.kind,
                                   .index = row.index,
                                   .address = sections.address(section),
                                   .bytes = bytes}};
}

Error specialError(SpecialError why, uint32_t section, std::string_view name) noexcept {
  Error error{.section = section, .subject = {name}};
  switch (why) {
  case SpecialError::TooLong:
    error.code = ErrorCode::AlternativeTooLong;
    break;
  case SpecialError::FeatureOutOfRange:
    error.code = ErrorCode::AlternativeFeatureOutOfRange;
    break;
  case SpecialError::BadInstruction:
    error.code = ErrorCode::SpecialSectionMalformed;
    break;
  case SpecialError::NoMemory:
    error.code = ErrorCode::NoMemoryForSpecial;
    break;
  }
  return error;
}

} // namespace suture

// SPDX-License-Identifier: Apache-2.0
#include "runtime/load/functions.h"

#include <algorithm>

namespace suture {
namespace {

/// +-2 GiB, the reach of a near jump's 32-bit displacement.
constexpr int64_t jumpRange = int64_t{1} << 31;

std::unexpected<Error> failAt(const PatchedFunction &function, Error error) noexcept {
  error.subject = {function.name};
  return fail(error);
}

} // namespace

Result<FunctionTable> findFunctionTable(const PlacedSections &sections) noexcept {
  FunctionTable table;
  table.section = sections.file().findSection(format::section::funcs);
  if (table.section == 0)
    return table;
  table.entries = sections.contents(table.section);
  const uint64_t size = sections.file().section(table.section).size;
  if (size % sizeof(format::LivepatchFunc) != 0 || table.entries.size() != size)
    return fail({.code = ErrorCode::FuncsSizeNotMultiple,
                 .section = table.section,
                 .value = size,
                 .allowed = sizeof(format::LivepatchFunc),
                 .subject = {format::section::funcs}});
  table.count = static_cast<uint32_t>(size / sizeof(format::LivepatchFunc));
  return table;
}

Result<PatchedFunction> readFunction(const PlacedSections &sections, const FunctionTable &table,
                                     uint32_t index) noexcept {
  const auto entry =
      table.entries.read<format::LivepatchFunc>(uint64_t{index} * sizeof(format::LivepatchFunc))
          .value_or(format::LivepatchFunc{});
  if (entry.version != format::payloadVersion)
    return fail({.code = ErrorCode::FuncVersionUnsupported,
                 .entry = index,
                 .value = entry.version,
                 .allowed = format::payloadVersion});
  if (entry.oldSize == 0)
    return fail({.code = ErrorCode::OldSizeZero, .entry = index});

  PatchedFunction function{.oldAddress = HvVirt{entry.oldAddress},
                           .newAddress = HvVirt{entry.newAddress},
                           .oldSize = entry.oldSize,
                           .newSize = entry.newSize,
                           .expectation = entry.expectation,
                           .name = "(unnamed)"};
  if (auto name = sections.stringAt(HvVirt{entry.name}); name && !name->empty())
    function.name = *name;
  else if (entry.oldAddress == 0)
    return fail({.code = ErrorCode::FuncNameBad, .entry = index, .value = entry.name});
  return function;
}

std::optional<NameWithOffset> splitOffset(std::string_view text) noexcept {
  const size_t plus = text.rfind('+');
  if (plus == std::string_view::npos || plus == 0)
    return std::nullopt;
  std::string_view digits = text.substr(plus + 1);
  unsigned base = 10;
  if (digits.starts_with("0x")) {
    base = 16;
    digits.remove_prefix(2);
  }
  if (digits.empty() || digits.size() > 15)
    return std::nullopt;
  uint64_t offset = 0;
  for (char digit : digits) {
    unsigned value = base;
    if (digit >= '0' && digit <= '9')
      value = static_cast<unsigned>(digit - '0');
    else if (digit >= 'a' && digit <= 'f')
      value = static_cast<unsigned>(digit - 'a') + 10;
    else if (digit >= 'A' && digit <= 'F')
      value = static_cast<unsigned>(digit - 'A') + 10;
    if (value >= base)
      return std::nullopt;
    offset = offset * base + value;
  }
  return NameWithOffset{.name = text.substr(0, plus), .offset = offset};
}

namespace {

Result<> planNop(PatchedFunction &function, uint32_t index) noexcept {
  if (function.newSize > format::opaqueSize)
    return failAt(function, {.code = ErrorCode::NopTooLong,
                             .entry = index,
                             .value = function.newSize,
                             .allowed = format::opaqueSize});
  if (function.oldSize < function.newSize)
    return failAt(function, {.code = ErrorCode::NopLongerThanFunction,
                             .entry = index,
                             .value = function.newSize,
                             .allowed = function.oldSize});
  if (function.newSize <= function.skip)
    return failAt(function, {.code = ErrorCode::NopEmpty,
                             .entry = index,
                             .value = function.newSize,
                             .allowed = function.skip});
  function.length = static_cast<uint8_t>(function.newSize - function.skip);
  return {};
}

Result<> planJump(PatchedFunction &function, uint32_t index) noexcept {
  const uint32_t needed = static_cast<uint32_t>(format::jumpSize) + function.skip;
  if (function.oldSize < needed)
    return failAt(function, {.code = ErrorCode::OldFunctionTooSmall,
                             .entry = index,
                             .value = function.oldSize,
                             .allowed = needed});
  function.length = static_cast<uint8_t>(format::jumpSize);
  // The displacement counts from the end of the jump.
  const auto distance =
      static_cast<int64_t>(function.newAddress - (function.site() + format::jumpSize));
  if (distance < -jumpRange || distance >= jumpRange)
    return failAt(function, {.code = ErrorCode::JumpOutOfReach,
                             .entry = index,
                             .offset = function.oldAddress.value,
                             .value = function.newAddress.value});
  return {};
}

} // namespace

Result<> planSite(PatchedFunction &function, const FunctionHead &head, uint32_t index) noexcept {
  const std::span<const uint8_t> bytes{head.bytes, head.size};
  const bool branchTarget = std::ranges::equal(bytes, format::endbr64) ||
                            std::ranges::equal(bytes, format::poisonedEndbr64);
  function.skip = branchTarget ? sizeof(format::endbr64) : 0;
  return function.isNop() ? planNop(function, index) : planJump(function, index);
}

Result<> checkOverlap(std::span<const PatchedFunction> functions,
                      std::span<uint32_t> order) noexcept {
  for (uint32_t index = 0; index < functions.size(); ++index)
    order[index] = index;
  std::ranges::sort(order, [&](uint32_t left, uint32_t right) {
    const HvVirt a = functions[left].site(), b = functions[right].site();
    return a != b ? a < b : left < right;
  });
  for (size_t position = 1; position < order.size(); ++position) {
    const PatchedFunction &lower = functions[order[position - 1]];
    const PatchedFunction &upper = functions[order[position]];
    if (upper.site() - lower.site() < lower.length)
      return failAt(upper, {.code = ErrorCode::FunctionPatchedTwice,
                            .entry = order[position],
                            .value = order[position - 1]});
  }
  return {};
}

} // namespace suture

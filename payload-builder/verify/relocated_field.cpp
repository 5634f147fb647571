// SPDX-License-Identifier: Apache-2.0
// A linker may have turned a load from the global offset table into something shorter: the two
// bytes before such a field are the linker's. Forms: System V psABI x86-64, B.2.
#include "payload-builder/verify/relocated_field.h"

#include <array>
#include <cstring>
#include <elf.h>

namespace suture::builder {

namespace {

template <typename T> T load(std::span<const uint8_t> bytes, uint64_t offset) {
  T value = 0;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

} // namespace

bool throughGot(uint32_t type) {
  return type == R_X86_64_GOTPCREL || type == R_X86_64_GOTPCRELX || type == R_X86_64_REX_GOTPCRELX;
}

TargetAddress meantBy(const Reference &reference, TargetAddress piece,
                      std::span<const uint8_t> there) {
  if (reference.type == R_X86_64_64)
    return {load<uint64_t>(there, reference.offset)};
  const auto value = static_cast<uint64_t>(int64_t{load<int32_t>(there, reference.offset)});
  if (reference.type == R_X86_64_32 || reference.type == R_X86_64_32S)
    return {value};
  return {piece.value + reference.offset + value + static_cast<uint64_t>(reference.bias)};
}

std::optional<TargetAddress> meantThroughTable(const TargetImage &image, const Reference &reference,
                                               TargetAddress piece, std::span<const uint8_t> here,
                                               std::span<const uint8_t> there) {
  if (reference.offset < 2)
    return std::nullopt;
  const std::array before = {here[reference.offset - 2], here[reference.offset - 1]};
  const std::array after = {there[reference.offset - 2], there[reference.offset - 1]};
  const TargetAddress address = meantBy(reference, piece, there);
  if (before == after) {
    const auto slot = image.bytesAt(address, sizeof(uint64_t));
    return slot ? std::optional(TargetAddress{load<uint64_t>(*slot, 0)}) : std::nullopt;
  }
  const bool isLoad = before[0] == 0x8b && after[0] == 0x8d && before[1] == after[1];
  const bool isCall =
      before == std::array<uint8_t, 2>{0xff, 0x15} && after == std::array<uint8_t, 2>{0x67, 0xe8};
  if (isLoad || isCall)
    return address;
  if (before == std::array<uint8_t, 2>{0xff, 0x25} && after[0] == 0xe9) {
    const uint64_t field = reference.offset - 1;
    return TargetAddress{piece.value + field + 4 +
                         static_cast<uint64_t>(int64_t{load<int32_t>(there, field)})};
  }
  return std::nullopt;
}

} // namespace suture::builder

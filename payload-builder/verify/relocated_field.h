// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/object_model.h"
#include "payload-builder/support/target_image.h"

#include <cstdint>
#include <optional>
#include <span>

namespace suture::builder {

/// Whether a relocation of that type leads through the global offset table.
bool throughGot(uint32_t type);

/// What a field of the target leads to: S + A + bias.
/// \param reference  of a piece; its field lies in `there`.
/// \param piece  where the target has the piece.  \param there  the target's bytes of it.
TargetAddress meantBy(const Reference &reference, TargetAddress piece,
                      std::span<const uint8_t> there);

/// The same for a field that goes through the global offset table, where the linker left it so, or
/// made it `lea sym`, `addr32 call sym`, `jmp sym; nop`. nullopt: none of these.
/// \param here  the piece's own bytes.
std::optional<TargetAddress> meantThroughTable(const TargetImage &image, const Reference &reference,
                                               TargetAddress piece, std::span<const uint8_t> here,
                                               std::span<const uint8_t> there);

} // namespace suture::builder

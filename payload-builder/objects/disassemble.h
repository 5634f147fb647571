// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/object_model.h"

#include <string>

namespace suture::builder {

/// A piece's code, one instruction a line, with what its references mean in place of raw
/// displacements. Addresses count from the start of the piece.
std::string disassemble(const ObjectModel &object, PieceIndex piece);

/// The lines of two disassemblies from the first that differs on, at most `lines` of each, marked
/// with `-` and `+`.
std::string firstDifference(const std::string &base, const std::string &patched, size_t lines);

/// What a reference means: `name+4`, `"text"`, `[.rodata.f+8]`.
std::string describe(const ObjectModel &object, const Reference &reference);

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/compare_pieces.h"
#include "payload-builder/objects/object_model.h"

namespace suture::builder {

/// Whether a base that the build made says what compiling the base here would say. It does where
/// compiler and flags are the build's, which most functions of the unit show that come out the
/// same; and where nothing that seems to differ may be the same code, laid out otherwise: with all
/// functions in one section an assembler may give other jumps another width.
/// \param comparison  of the two.
bool isGoodWitness(const ObjectModel &base, const ObjectModel &patched,
                   const Comparison &comparison);

} // namespace suture::builder

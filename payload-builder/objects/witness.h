// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/compare_pieces.h"
#include "payload-builder/objects/object_model.h"

#include <cstddef>

namespace suture::builder {

/// How many functions of a unit come out the same as in the object that the build left of it.
struct Agreement {
  size_t same = 0, differing = 0;
};

/// \param comparison  of the object with the patched state.
Agreement agreementOf(const ObjectModel &patched, const Comparison &comparison);

/// Whether compiler and flags are the build's, to judge by all units that are compared: what a fix
/// changes is the lesser part of them, though not of each.
inline bool areFromOneCompiler(const Agreement &all) { return all.same >= all.differing; }

/// Whether a base that the build made says what compiling the base here would say, if the compiler
/// and the flags are the same: nothing that seems to differ may be the same code, laid out
/// otherwise. \param comparison  of the two.
bool isGoodWitness(const ObjectModel &base, const ObjectModel &patched,
                   const Comparison &comparison);

} // namespace suture::builder

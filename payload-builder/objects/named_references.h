// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a piece refers to by name.

#include "payload-builder/objects/object_model.h"

#include <llvm/ADT/STLFunctionalExtras.h>

namespace suture::builder {

/// Calls visit with each named piece that a piece refers to, also through anonymous ones.
void visitNamed(const ObjectModel &object, PieceIndex from,
                llvm::function_ref<void(PieceIndex)> visit);

/// Whether `to`, which has a name, is among them.
bool refersTo(const ObjectModel &object, PieceIndex from, PieceIndex to);

} // namespace suture::builder

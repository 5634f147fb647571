// SPDX-License-Identifier: Apache-2.0
#pragma once
// A record's layout as values.

#include "payload-builder/changes/unit_facts.h"

namespace suture::builder {

/// Fields with their offsets, members of unnamed records under their own names, bases, and the
/// vtable. The location is left to the caller.
/// \param record  a complete, non-dependent definition.
RecordFacts layoutOf(const clang::RecordDecl &record, Fingerprinter &names);

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#pragma once
// What lines that Clang does not read may hang on, in the AST of those that it does.

#include "payload-builder/changes/fingerprint.h"
#include "payload-builder/changes/hidden_settings.h"

#include <functional>
#include <llvm/ADT/StringSet.h>
#include <vector>

namespace suture::builder {

/// The meaning of all that names of such lines may refer to, one setting for each declaration,
/// sorted by its text: values of enumerators, types, places of members, sizes, signatures. Bodies
/// and initial values are not among them: who has these is taken for a root of the unit
/// (unit_facts.cpp).
/// \param names  as watchSettings() finds them. \param placeOf  of a declaration.
std::vector<Setting>
foreignReferences(clang::ASTContext &context, const llvm::StringSet<> &names,
                  Fingerprinter &fingerprints,
                  const std::function<SourceLocation(clang::SourceLocation)> &placeOf);

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/inlining.h"
#include "payload-builder/objects/object_model.h"
#include "payload-builder/support/change_set.h"

#include <llvm/ADT/STLFunctionalExtras.h>
#include <optional>
#include <string_view>

namespace suture::builder {

/// The shortest chain of calls in the source, from a function to a changed one, that its code has
/// none of: all were inlined. For where debug information does not say so: an object may have none,
/// and compilers do not always leave a trace of an inlined expression (Clang, where it folds the
/// callee's with the caller's). nullopt: there is no such chain.
std::optional<InlineChain> foldedCalls(const ObjectModel &object, PieceIndex function,
                                       const CallsToChanged &calls,
                                       llvm::function_ref<bool(std::string_view)> isChanged);

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#pragma once
// Why a function is in the payload.

#include "payload-builder/support/source_location.h"

#include <string>
#include <string_view>
#include <vector>

namespace suture::builder {

enum class WhyKind {
  /// The source of the function changed.
  ChangedItself,
  /// Another function was inlined into it, in either state.
  Inlines,
  /// The compiler made it from a function that changed.
  CloneOf,
  /// It refers to a constant object that changed.
  RefersToConstant,
  /// The compiler used what it knows of a changed function in the same unit: which registers it
  /// leaves alone, which values it returns, that it has no side effect.
  ReliesOn,
  /// The compiler made it for the calls that it gets, and one of its callers changed.
  SpecializedFor,
  /// It calls, or has inlined, a local function of the unit that a changed function uses, too, or
  /// used: what the compiler makes of that one hangs on all that use it.
  SharesCallee,
  /// It uses a type or a constant that changed, and whose value is part of its code.
  UsesDefinition,
};

/// Why a function's code changed.
struct Why {
  WhyKind kind = WhyKind::ChangedItself;
  /// Symbol names from the function (not included) to what changed in the source; of a clone that
  /// is specialized, the first is a caller's; of a shared function, its name and the changed
  /// user's.
  std::vector<std::string> chain;
  /// Where the change in the source is.
  SourceLocation location;
  /// What changed there.
  std::string detail;
};

/// `inlines vpmask_set, changed at viridian.c:562 (body)`: one line, names demangled.
std::string toString(const Why &why);

/// `inlines`, `clone-of`, ...: stable, for JSON.
std::string_view kindName(WhyKind kind);

} // namespace suture::builder

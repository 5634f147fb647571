// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a unit's preprocessed tokens mention: the exact answer where text alone leaves it open
// (mention_search.h).

#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/unit.h"
#include "payload-builder/units/changed_names.h"

#include <llvm/ADT/StringSet.h>
#include <llvm/Support/Error.h>
#include <map>
#include <string>

namespace suture::builder {

/// Asks units for names that their text does not have outside of the changed declarations.
/// Thread-safe.
class MentionedTokens final {
public:
  /// \param changes  by header; all complete. Not needed afterwards.
  MentionedTokens(const SourceTree &tree, const std::map<std::string, ChangedNames> &changes);

  /// Whether a unit can tell the two states of its changed headers apart: by a name outside its own
  /// changed declaration, however it was put together, where tokens stand or in an #if. Errors: as
  /// runFrontEnd.
  llvm::Expected<bool> mentions(const Unit &unit) const;

private:
  /// Without the changed declarations.
  SourceTree tree_;
  llvm::StringSet<> names_;
  bool hasAssemblerSymbols_ = false;
};

} // namespace suture::builder

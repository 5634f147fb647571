// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/object_model.h"
#include "payload-builder/support/target_image.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace suture::builder {

/// No symbol of the target is this piece.
struct NotInTarget {};

/// Several are, and nothing tells them apart.
struct Ambiguous {
  std::vector<SymbolIndex> candidates;
};

using TargetMatch = std::variant<SymbolIndex, NotInTarget, Ambiguous>;

/// Finds the pieces of a unit's base object in the target.
class TargetUnit final {
public:
  /// \param sources  paths of the unit's main file (sourcesOf): units of one file name in several
  ///                 folders are told apart by them.
  TargetUnit(const TargetImage &image, const ObjectModel &base,
             const std::vector<std::string> &sources);

  TargetMatch find(PieceIndex piece) const;
  /// Name of the STT_FILE symbol that stands for this unit in the target; "": there is none.
  const std::string &fileName() const { return file_; }

private:
  std::vector<SymbolIndex> locals(std::string_view name) const;

  const TargetImage &image_;
  const ObjectModel &base_;
  /// Name of the STT_FILE symbol that stands for this unit in the target; "": not known.
  std::string file_;
  /// Index of that symbol where several have the same name; locals of this unit follow it.
  std::optional<SymbolIndex> group_;
};

} // namespace suture::builder

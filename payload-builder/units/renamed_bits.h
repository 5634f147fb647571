// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bit-fields whose names changed macros make, in headers that the diff leaves alone.

#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/unit.h"

#include <set>
#include <string>
#include <vector>

namespace suture::builder {

/// A record in which nothing changes but names of bits that an integer has, too.
struct RenamedBits {
  /// The header, and the record's lines there, from 1.
  std::string file;
  unsigned first = 0, last = 0;
  /// Those of its lines where a name of a changed macro is put together, and these macros.
  std::set<unsigned> lines;
  std::set<std::string> macros;
  /// Names that only one of the two states has.
  std::set<std::string> names;
};

/// What becomes of records where a unit puts the names of changed macros together (`##`). Of a
/// record that changes in more than names, and of a unit that cannot be read, nothing is returned.
/// \param unit  of C.
std::vector<RenamedBits> renamedBits(const SourceTree &tree, const Unit &unit,
                                     const std::set<std::string> &macros);

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#pragma once
// Variables that take the place of others.

#include "payload-builder/objects/compared_unit.h"
#include "payload-builder/support/refusal.h"

#include <span>
#include <string>
#include <vector>

namespace suture::builder {

struct ReplacedData {
  std::vector<Refusal> refusals;
  std::vector<std::string> notes;
};

/// Variables that are new, and that a function uses from now on where it used one that is gone. Of
/// the same size it is most likely that one, under another name: the running target has a value in
/// the old one, and the new one would start from its initial value. It is refused. Of another size
/// it is something else, most likely, and gets a note.
ReplacedData findReplacedData(std::span<const ComparedUnit> units);

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/reader_escapes.h"

#include "payload-builder/changes/hazards.h"
#include "payload-builder/changes/unit_facts.h"

namespace suture::builder {

llvm::Expected<std::vector<Escape>> findReaderEscapes(const SourceTree &tree, const Unit &unit,
                                                      const std::set<std::string> &constants) {
  // All functions of the main file are read as if they were new, and count as unchanged then.
  const std::vector<std::string> files = {unit.source};
  auto facts = readUnitFacts({tree, unit.command, unit.language, TreeState::Patched, &files});
  if (!facts)
    return facts.takeError();
  return findEscapes(*facts, *facts, constants);
}

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
// Which symbols of a linked image are a unit's own?
//
// Global names are unique. Local ones are not: Xen has a dozen functions called `init`. A linker
// keeps the order "STT_FILE symbol, then that unit's locals", so that the right group has to be
// found. Its name is what the compiler was given: `console.c`, or a path where the build made names
// unique. Where one base name occurs in several folders, the group that has most of the unit's own
// local functions, with their sizes, is taken if it is better than every other; sizes are a good
// witness since the base object was compiled from the same source with the same flags. If two are
// equally good the match stays ambiguous and the plan refuses, unless there is only one symbol of
// the name in the image.
#include "payload-builder/plan/target_unit.h"

#include <algorithm>
#include <elf.h>
#include <map>

namespace suture::builder {

namespace {

std::string_view baseName(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// Whether one path ends in the other, by whole components.
bool isPathSuffix(std::string_view longer, std::string_view shorter) {
  return longer.ends_with(shorter) &&
         (longer.size() == shorter.size() || longer[longer.size() - shorter.size() - 1] == '/');
}

bool mayBeFile(std::string_view symbol, std::string_view source) {
  return isPathSuffix(source, symbol) || isPathSuffix(symbol, source) || symbol == baseName(source);
}

} // namespace

TargetUnit::TargetUnit(const TargetImage &image, const ObjectModel &base,
                       const std::vector<std::string> &sources)
    : image_(image), base_(base) {
  std::map<std::string_view, uint64_t> sizes;
  for (const Piece &piece : base.pieces())
    if (piece.kind == PieceKind::Function)
      for (const std::string_view name : piece.names)
        sizes[name] = piece.symbolSize;
  struct Group {
    SymbolIndex file;
    size_t pathLength = 0, score = 0;
  };
  std::vector<Group> groups;
  const auto symbols = image.file().symbols();
  bool isCandidate = false;
  for (uint32_t i = 0; i < symbols.size(); ++i) {
    const ElfSymbol &symbol = symbols[i];
    if (symbol.type == STT_FILE) {
      isCandidate = std::ranges::any_of(
          sources, [&](const std::string &source) { return mayBeFile(symbol.name, source); });
      if (isCandidate)
        groups.push_back({.file = {i}, .pathLength = symbol.name.size()});
    } else if (symbol.binding != STB_LOCAL) {
      isCandidate = false;
    } else if (isCandidate && symbol.type == STT_FUNC) {
      const auto found = sizes.find(symbol.name);
      if (found != sizes.end())
        groups.back().score += found->second == symbol.size ? 2 : 1;
    }
  }
  // A longer name of the file is the better witness; then the score.
  const auto rank = [](const Group &group) { return std::pair(group.pathLength, group.score); };
  const auto best = std::ranges::max_element(groups, {}, rank);
  if (best == groups.end())
    return;
  file_ = image.symbol(best->file).name;
  if (std::ranges::count(groups, rank(*best), rank) == 1)
    group_ = best->file;
}

std::vector<SymbolIndex> TargetUnit::locals(std::string_view name) const {
  std::vector<SymbolIndex> all, ofFile, ofGroup;
  for (const SymbolIndex index : image_.named(name)) {
    if (!image_.isUnitLocal(index))
      continue;
    all.push_back(index);
    if (image_.symbol(index).file != file_)
      continue;
    ofFile.push_back(index);
    if (!group_ || index < *group_)
      continue;
    // In the group when no other file's symbol stands between.
    const auto symbols = image_.file().symbols();
    bool inGroup = true;
    for (uint32_t i = group_->value + 1; i < index.value && inGroup; ++i)
      inGroup = symbols[i].type != STT_FILE;
    if (inGroup)
      ofGroup.push_back(index);
  }
  if (!ofGroup.empty())
    return ofGroup;
  // Without a file of its own in the image, only a name that occurs once is certain.
  return !ofFile.empty() || !file_.empty() ? ofFile : all;
}

TargetMatch TargetUnit::find(PieceIndex index) const {
  const Piece &piece = base_.piece(index);
  std::vector<SymbolIndex> candidates;
  for (const std::string_view name : piece.names) {
    if (piece.isLocal()) {
      candidates = locals(name);
    } else {
      for (const SymbolIndex symbol : image_.named(name))
        if (!image_.isUnitLocal(symbol))
          candidates.push_back(symbol);
    }
    if (!candidates.empty())
      break;
  }
  if (candidates.empty())
    return NotInTarget{};
  const uint64_t address = image_.symbol(candidates.front()).value;
  if (std::ranges::any_of(
          candidates, [&](SymbolIndex symbol) { return image_.symbol(symbol).value != address; }))
    return Ambiguous{std::move(candidates)};
  return candidates.front();
}

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/shared_declarations.h"

#include "payload-builder/support/parallel.h"
#include "payload-builder/units/lines_to_watch.h"

#include <algorithm>
#include <utility>

namespace suture::builder {
namespace {

/// Beyond these the change reaches everywhere.
constexpr size_t mostParses = 4;

} // namespace

bool isAmong(const SourceTree &tree, std::span<const std::string> inputs, const std::string &file) {
  return std::ranges::any_of(inputs, [&](const std::string &input) {
    return input == file || (input.size() == tree.root.size() + 1 + file.size() &&
                             input.ends_with(file) && input.starts_with(tree.root));
  });
}

const UnitInputs *SharedDeclarations::largest(const std::string &file) const {
  const UnitInputs *best = nullptr;
  for (const UnitInputs &inputs : units_)
    if (inputs.unit->language == Language::C &&
        (file.empty() || isAmong(tree_, inputs.files, file)) &&
        (!best || inputs.files.size() > best->files.size()))
      best = &inputs;
  return best;
}

const DeclarationExtent *SharedDeclarations::at(const std::string &file, size_t state,
                                                unsigned line) {
  const Parsed *parsed = parsedWith(file);
  if (!parsed)
    return nullptr;
  const DeclarationExtent *found = parsed->states[state].innermost(file, line);
  if (!found || tree_.files.contains(file))
    return found;
  const DeclarationExtent *other = parsed->states[1 - state].innermost(file, line);
  return other && *other == *found ? found : nullptr;
}

/// A parsed unit that sees a file; a new one if none does.
SharedDeclarations::Parsed *SharedDeclarations::parsedWith(const std::string &file) {
  for (const auto &parsed : parsed_)
    if (isAmong(tree_, parsed->inputs->files, file))
      return parsed.get();
  const UnitInputs *best = largest(file);
  if (!best || parsed_.size() >= mostParses)
    return nullptr;
  auto parsed = std::make_unique<Parsed>();
  parsed->inputs = best;
  parallelFor(bothStates.size(), [&](size_t state) {
    auto declarations = readDeclarations(
        {tree_, best->unit->command, best->unit->language, bothStates[state]}, std::nullopt);
    if (declarations)
      parsed->states[state] = std::move(*declarations);
    else
      llvm::consumeError(declarations.takeError()); // The stage that compares it reports it.
  });
  return parsed_.emplace_back(std::move(parsed)).get();
}

std::set<unsigned> SharedDeclarations::pasted(const std::string &file, size_t state,
                                              std::string_view name) const {
  std::set<unsigned> lines;
  for (const auto &parsed : parsed_) {
    const auto &pasted = parsed->states[state].pasted;
    if (const auto names = pasted.find(file); names != pasted.end())
      if (const auto found = names->second.find(name); found != names->second.end())
        lines.insert(found->second.begin(), found->second.end());
  }
  return lines;
}

/// Those lines of which a unit knows what it sees.
SharedDeclarations::Watched SharedDeclarations::read(const Unit &unit,
                                                     std::span<const WatchedLines> lines) {
  std::vector<std::vector<WatchedLines>> lists;
  for (const WatchedLines &watched : lines)
    lists.push_back({watched});
  std::array<std::vector<WatchedTokens>, 2> tokens;
  parallelFor(bothStates.size(), [&](size_t state) {
    if (auto seen = watch_.read({tree_, unit.command, unit.language, bothStates[state]}, lists))
      tokens[state] = std::move(*seen);
    else
      llvm::consumeError(seen.takeError()); // The stage that compares the unit reports it.
  });
  Watched known;
  if (tokens[0].size() != lines.size() || tokens[1].size() != lines.size())
    return known;
  for (size_t i = 0; i < lines.size(); ++i)
    if (!tokens[0][i].isUnknown && !tokens[1][i].isUnknown)
      known.emplace(std::tuple(lines[i].file, lines[i].first, lines[i].last),
                    WatchedDeclaration{lines[i], {tokens[0][i], tokens[1][i]}});
  return known;
}

bool SharedDeclarations::watch(const std::string &file, const DeclarationExtent &extent,
                               const RawLines &raw) {
  const auto lines = linesToWatch(file, extent, raw);
  if (!lines)
    return true;
  Parsed *parsed = parsedWith(file);
  if (!parsed || tree_.files.contains(file))
    return false;
  if (parsed->asked.insert(file).second) {
    std::vector<WatchedLines> all;
    for (const DeclarationExtent &other : parsed->states[0].files[file])
      if (auto others = linesToWatch(file, other, raw))
        all.push_back(std::move(*others));
    parsed->known.merge(read(*parsed->inputs->unit, all));
  }
  const auto found = parsed->known.find({file, lines->first, lines->last});
  if (found == parsed->known.end())
    return false;
  watched_.insert(*found);
  return true;
}

bool SharedDeclarations::watch(const WatchedLines &lines, const Unit &unit) {
  Watched known = read(unit, {&lines, 1});
  const bool isKnown = !known.empty();
  watched_.merge(std::move(known));
  return isKnown;
}

std::vector<WatchedDeclaration> SharedDeclarations::watched() const {
  std::vector<WatchedDeclaration> list;
  for (const auto &[place, declaration] : watched_)
    list.push_back(declaration);
  return list;
}

} // namespace suture::builder

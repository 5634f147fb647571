// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/facts_cache.h"

// Of a unit's two states, the base is parsed again for each fix to the same target, and for each
// attempt at one. What a parse found hangs on three things: Clang and this program, the arguments
// (with what the unit's own compiler predefines), and the files. The first two, and the files that
// the diff changes (their types are reported even where no code uses them, their text counts where
// only another compiler includes them), make the key that an entry is filed under; the files are
// listed in the entry, with a hash of their content, along with every name that was looked for and
// not found: a header that appears in a folder that is searched earlier changes the outcome as
// well. An entry counts if each of them is as it was. That costs a few milliseconds, a parse some
// two hundred.
//
// Rejected: trusting times of modification (a checkout, a clock or a mount changes them at will).

#include "payload-builder/support/text_file.h"
#include "payload-builder/units/front_end.h"
#include "payload-builder/units/predefined_macros.h"

#include <algorithm>
#include <clang/Basic/Version.h>
#include <llvm/ADT/StringExtras.h>

namespace suture::builder {
namespace {

/// Another build of this program may look at other things; all zeros where it cannot be read.
ContentHash hashOfThisProgram() {
  auto program = readFile("/proc/self/exe");
  if (program)
    return contentHash(*program);
  llvm::consumeError(program.takeError()); // The format's version alone speaks for it.
  return {};
}

std::string entryName(const ContentHash &key) {
  return llvm::toHex(key, /*LowerCase=*/true) + std::string(factsExtension);
}

} // namespace

FactsCache::FactsCache(const CacheFolder &folder, DiskFiles &disk)
    : folder_(folder), disk_(disk),
      program_(folder.isUsable() ? hashOfThisProgram() : ContentHash{}) {}

/// Of all that a parse hangs on, without the files' content.
ContentHash FactsCache::keyOf(const FrontEnd &run, const UnitState &unit,
                              const std::vector<std::string> &changedFiles) const {
  std::string text = clang::getClangFullVersion() + llvm::toHex(program_);
  const auto add = [&](const std::string &word) {
    text += '\0';
    text += word;
  };
  add(unit.tree.root);
  add(unit.command.directory);
  for (const std::string &argument : run.arguments())
    add(argument);
  if (const auto &macros = predefinedMacros(unit.command, unit.language))
    for (const auto &[macro, value] : *macros)
      add(macro + " " + value);
  add("");
  for (const std::string &file : changedFiles) {
    add(file);
    const auto found = unit.tree.files.find(file);
    const FileText content =
        found != unit.tree.files.end() ? textIn(found->second, unit.state) : std::nullopt;
    add(content ? llvm::toHex(contentHash(*content)) : "");
  }
  return contentHash(text);
}

bool FactsCache::isCurrent(const FileReads &reads, FrontEnd &run, const UnitState &unit) {
  return std::ranges::all_of(reads, [&](const auto &entry) {
    const auto &[path, hash] = entry;
    if (auto changed = run.files().changedPath(path)) {
      const FileText &text = textIn(unit.tree.files.at(*changed), unit.state);
      return text ? hash == contentHash(*text) : !hash;
    }
    return hash ? hash == disk_.hash(path) : !disk_.exists(path);
  });
}

std::optional<UnitFacts> FactsCache::find(const ContentHash &key, FrontEnd &run,
                                          const UnitState &unit) {
  const std::string name = entryName(key);
  const auto bytes = folder_.read(name);
  if (!bytes)
    return std::nullopt;
  auto cached = fromBytes(*bytes);
  if (!cached || cached->key != key || !isCurrent(cached->reads, run, unit))
    return std::nullopt;
  folder_.touch(name);
  return std::move(cached->facts);
}

llvm::Expected<UnitFacts> FactsCache::read(const UnitState &unit,
                                           const std::vector<std::string> &changedFiles,
                                           UnusedFunctions *functions) {
  auto run = FrontEnd::create(unit);
  if (!run)
    return run.takeError();
  if (!folder_.isUsable())
    return readUnitFacts(*run, unit, functions);
  CachedFacts cached;
  cached.key = keyOf(*run, unit, changedFiles);
  if (auto facts = find(cached.key, *run, unit)) {
    ++hits_;
    return std::move(*facts);
  }
  ++misses_;
  run->files().recordReads();
  auto facts = readUnitFacts(*run, unit, functions);
  if (!facts)
    return facts.takeError();
  cached.reads = run->files().reads();
  cached.facts = std::move(*facts);
  folder_.write(entryName(cached.key), toBytes(cached));
  return std::move(cached.facts);
}

} // namespace suture::builder

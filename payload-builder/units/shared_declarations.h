// SPDX-License-Identifier: Apache-2.0
#pragma once
// What headers that many units see declare, as a few of these units see it.

#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/unit.h"
#include "payload-builder/units/header_declarations.h"
#include "payload-builder/units/raw_lines.h"
#include "payload-builder/units/unit_inputs.h"
#include "payload-builder/units/watched_tokens.h"

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace suture::builder {

/// Whether a file is among a unit's inputs. \param inputs  absolute paths. \param file  relative to
/// the tree's root where it lies below it.
bool isAmong(const SourceTree &tree, std::span<const std::string> inputs, const std::string &file);

/// Parses units as files are asked for, few in all.
class SharedDeclarations final {
public:
  /// All outlive it.
  SharedDeclarations(const SourceTree &tree, std::span<const UnitInputs> units, TokenWatch &watch)
      : tree_(tree), units_(units), watch_(watch) {}

  /// The innermost that is declared on a line, the same in both states where the text is; nullptr:
  /// none, or it is not known.
  const DeclarationExtent *at(const std::string &file, size_t state, unsigned line);

  /// Lines of a file on which the units parsed so far put a name together.
  std::set<unsigned> pasted(const std::string &file, size_t state, std::string_view name) const;

  /// Another unit may see a declaration otherwise where a macro makes it, or an #if is among its
  /// lines: then these are watched. False: what the unit sees there is not known, or the diff
  /// changes the file.
  /// \param extent  from at(), of the same file. \param raw  the file's.
  bool watch(const std::string &file, const DeclarationExtent &extent, const RawLines &raw);
  /// Watches lines that a unit sees. False: as above.
  bool watch(const WatchedLines &lines, const Unit &unit);
  /// Each once, sorted by file and line.
  std::vector<WatchedDeclaration> watched() const;

  /// The unit of C that reads the most files, of all or of those that read one; nullptr: none.
  const UnitInputs *largest(const std::string &file = {}) const;

private:
  /// By file, first and last line.
  using Watched = std::map<std::tuple<std::string, unsigned, unsigned>, WatchedDeclaration>;

  struct Parsed {
    const UnitInputs *inputs = nullptr;
    std::array<HeaderDeclarations, 2> states;
    /// What can be watched, of files that were asked for.
    std::set<std::string> asked;
    Watched known;
  };

  Parsed *parsedWith(const std::string &file);
  Watched read(const Unit &unit, std::span<const WatchedLines> lines);

  const SourceTree &tree_;
  const std::span<const UnitInputs> units_;
  TokenWatch &watch_;
  std::vector<std::unique_ptr<Parsed>> parsed_;
  Watched watched_;
};

} // namespace suture::builder

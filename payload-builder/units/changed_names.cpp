// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/changed_names.h"

// A header that every unit sees changes in one place: a new prototype, a new register's number, the
// body of an inline function. Preprocessing hundreds of units to find the few that care takes a
// minute. Instead, one unit that sees the header is parsed in both states (with function bodies: a
// skipped one has no last line), and each changed line is looked up: it lies in a macro definition,
// or in a declaration at the header's top level, and those have names. A unit none of whose files
// mentions such a name anywhere else cannot tell the two headers apart.
//
//   extern int domain_kill(struct domain *d);
//  +extern int domain_freeze(struct domain *d);      -> domain_freeze
//
// Whatever is not so simple makes the answer incomplete, and every unit is preprocessed after all:
// lines in a branch that this unit does not take, a changed #if or #include, assertions, a
// definition that has code or storage by itself, and a name that may be another one in another unit
// (Xen's shadow code is compiled three times, with a macro that adds the number to each name).

#include "payload-builder/diff/line_map.h"
#include "payload-builder/units/header_declarations.h"
#include "payload-builder/units/raw_lines.h"

#include <algorithm>

namespace suture::builder {
namespace {

/// One state's changed lines against what is declared there.
class Accounting final {
public:
  Accounting(const std::string &text, const std::vector<std::pair<unsigned, unsigned>> &changed,
             ChangedNames &result, std::vector<std::pair<unsigned, unsigned>> &lines)
      : rawLines_(text), changed_(changed), result_(result), lines_(lines) {}

  /// Macros; whether anything else is left.
  bool takeMacros() {
    for (auto [first, last] : changed_)
      for (unsigned line = first; line <= last; ++line)
        if (rawLines_.hasTokens(line) && !takeMacro(line)) {
          open_.push_back(line);
          result_.surelyShows |= !rawLines_.directiveAt(line) && rawLines_.isUnconditional(line);
        }
    return !open_.empty();
  }

  /// Declarations. False: a line is left that none accounts for.
  bool takeDeclarations(const std::vector<DeclarationExtent> &extents) {
    return std::ranges::all_of(open_,
                               [&](unsigned line) { return takeDeclaration(line, extents); });
  }

private:
  bool takeMacro(unsigned line) {
    const RawDirective *directive = rawLines_.directiveAt(line);
    if (!directive || (directive->kind != "define" && directive->kind != "undef"))
      return false;
    result_.names.insert(directive->name);
    result_.roots.insert(directive->name);
    result_.macros.insert(directive->name);
    result_.hasMacros = true;
    lines_.emplace_back(directive->firstLine, directive->lastLine);
    return true;
  }

  bool takeDeclaration(unsigned line, const std::vector<DeclarationExtent> &extents) {
    result_.onlyMacros = false;
    if (rawLines_.directiveAt(line))
      return false;
    const DeclarationExtent *innermost = nullptr;
    for (const DeclarationExtent &extent : extents)
      if (extent.first <= line && line <= extent.last &&
          (!innermost || extent.last - extent.first <= innermost->last - innermost->first))
        innermost = &extent;
    if (!innermost || innermost->standsAlone || innermost->names.empty())
      return false;
    // Another unit may take another branch, and see other names there.
    if (rawLines_.hasConditional(innermost->first, innermost->lastOfNames))
      return false;
    result_.names.insert(innermost->names.begin(), innermost->names.end());
    const std::set<std::string> &roots = innermost->isRecord ? innermost->tags : innermost->names;
    result_.roots.insert(roots.begin(), roots.end());
    lines_.emplace_back(innermost->first, innermost->last);
    return true;
  }

  RawLines rawLines_;
  const std::vector<std::pair<unsigned, unsigned>> &changed_;
  ChangedNames &result_;
  std::vector<std::pair<unsigned, unsigned>> &lines_;
  std::vector<unsigned> open_;
};

} // namespace

ChangedNames changedNames(const SourceTree &tree, const std::string &header,
                          const CompileCommand &command, Language language) {
  ChangedNames result;
  const FileVersions &versions = tree.files.at(header);
  if (!versions.base() || !versions.patched())
    return result;
  std::vector<std::pair<unsigned, unsigned>> changed[2];
  for (const ChangedLines &change : LineMap(*versions.base(), *versions.patched()).changes()) {
    if (change.baseCount)
      changed[0].emplace_back(change.baseLine, change.baseLine + change.baseCount - 1);
    if (change.patchedCount)
      changed[1].emplace_back(change.patchedLine, change.patchedLine + change.patchedCount - 1);
  }
  Accounting accounts[] = {{*versions.base(), changed[0], result, result.baseLines},
                           {*versions.patched(), changed[1], result, result.patchedLines}};
  constexpr TreeState States[] = {TreeState::Base, TreeState::Patched};
  for (size_t i = 0; i < 2; ++i) {
    if (!accounts[i].takeMacros())
      continue;
    // Assembly has no declarations.
    if (language == Language::Assembly)
      return result;
    auto declarations = readDeclarations({tree, command, language, States[i]}, header);
    if (!declarations) {
      // The unit is parsed again when it is compared, and the error reported there.
      llvm::consumeError(declarations.takeError());
      result.onlyMacros = false;
      return result;
    }
    if (!accounts[i].takeDeclarations((*declarations)[header])) {
      result.onlyMacros = false;
      return result;
    }
  }
  result.complete = true;
  return result;
}

} // namespace suture::builder

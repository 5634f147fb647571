// SPDX-License-Identifier: Apache-2.0
#pragma once
// A header's changed lines in one state of the tree, and the names of what they declare.

#include "payload-builder/units/changed_names.h"
#include "payload-builder/units/header_declarations.h"
#include "payload-builder/units/raw_lines.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace suture::builder {

class LineAccounting final {
public:
  using Lines = std::vector<std::pair<unsigned, unsigned>>;

  /// \param text  the header's; `changed` its changed lines. Outlive it, as the header's name.
  LineAccounting(const std::string &header, const std::string &text, const Lines &changed)
      : header_(header), rawLines_(text), changed_(changed) {}

  /// Names of macros; whether any other changed line is left.
  bool takeMacros(ChangedNames &result);
  /// Names of declarations, as a unit sees them in this and in the other state. False: a line is
  /// left that none accounts for.
  bool takeDeclarations(const HeaderDeclarations &own, const HeaderDeclarations &other,
                        const CompileCommand &command, Language language, ChangedNames &result);

  /// Lines that the changed declarations take up.
  const Lines &ownLines() const { return ownLines_; }
  /// The same in the other state, of declarations that do not change there.
  const Lines &otherLines() const { return otherLines_; }
  /// Lines of which another unit may see something else.
  const std::vector<WatchedLines> &watched() const { return watched_; }
  /// Lines that this unit does not see.
  const std::vector<WatchedLines> &hidden() const { return hidden_; }

private:
  struct View {
    const HeaderDeclarations &own, &other;
    const CompileCommand &command;
    Language language;
    ChangedNames &result;
  };

  bool takeMacro(unsigned line, ChangedNames &result);
  bool isInsideOfBody(unsigned line, const View &view) const;
  bool takeMember(unsigned line, const View &view);
  bool isOfMembersAlone(unsigned line, const View &view) const;
  void takeList(const Enumeration &list, const Enumeration &other, ChangedNames &result);
  bool takeDeclaration(unsigned line, const View &view);
  bool takePointers(unsigned line, const View &view);
  const Enumeration *counterpartOf(const Enumeration &list, const HeaderDeclarations &other) const;
  const std::vector<DeclarationExtent> &extentsIn(const HeaderDeclarations &declarations) const;
  bool has(const MemberExtent &member, unsigned line) const;
  void watch(WatchedLines lines);

  const std::string &header_;
  RawLines rawLines_;
  const Lines &changed_;
  std::vector<unsigned> open_;
  Lines ownLines_, otherLines_;
  std::set<const Enumeration *> lists_;
  std::vector<WatchedLines> watched_, hidden_;
};

} // namespace suture::builder

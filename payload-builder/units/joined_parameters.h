// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which parameters of macros get next to a `##`.

#include "payload-builder/units/joined_row.h"
#include "payload-builder/units/macro_tokens.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace suture::builder {

/// All definitions of a name count, whatever #if or #undef they are under.
class JoinedParameters final {
public:
  /// \param reader  has read all that will be asked about; outlives the object, as the macros do.
  /// \param withStrings  `#` counts as `##`.
  JoinedParameters(const MacroReader &reader, std::vector<const Macro *> macros, bool withStrings);

  /// Some macro's calls could not be followed: any parameter may get there.
  bool isIncomplete() const { return isIncomplete_; }
  const std::vector<const Macro *> &macrosOf(Word name) const { return macrosOf_[name]; }
  /// Whether something that a macro is given gets next to a `##`.
  bool isJoiner(Word name) const { return joined_[name] != 0; }
  /// The same of one of its parameters.
  bool isJoined(Slot slot) const;
  size_t lastParameter(Word name) const;

  /// Whether a word may be called by whom it is given to, or what follows.
  /// \param macro  the one in whose body the tokens stand; nullptr: in none.
  bool mayBeCalled(const Macro *macro, std::span<const MacroToken> tokens, size_t at) const;
  /// Joiners whose name a row may make.
  std::vector<Word> joinersMadeBy(const JoinedRow &row) const;
  /// Those whose name is made at the end of what a macro expands to.
  std::vector<Word> joinersAtEndOf(Word name) const { return joinersAtEndOf(name, 0); }

private:
  /// A bit for each parameter; the last one stands for all that follow.
  using Parameters = uint64_t;
  static constexpr Parameters allParameters = ~uint64_t{0};
  static Parameters bitOf(size_t index);
  static Parameters parametersIn(const Macro &macro, std::span<const MacroToken> tokens);

  void findCallers();
  bool callsParameter(const Macro &macro) const;
  Parameters joinedIn(const Macro &macro) const;
  Parameters passedOn(const Macro &macro);
  bool mayJoin(Word called, size_t argument) const;
  std::vector<Word> joinersAtEndOf(Word name, unsigned depth) const;

  const MacroReader &reader_;
  const std::vector<const Macro *> macros_;
  const bool withStrings_;
  bool isIncomplete_ = false;
  // By word.
  std::vector<std::vector<const Macro *>> macrosOf_;
  std::vector<Parameters> joined_;
  /// Whether a macro calls what it is given.
  std::vector<char> calls_;
  std::vector<Word> joiners_;
};

} // namespace suture::builder

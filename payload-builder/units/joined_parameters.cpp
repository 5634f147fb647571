// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/joined_parameters.h"

// A parameter gets next to a `##` in its own macro, or because it is in such an argument of another
// macro: that is asked of all macros until no more are found. What is called need not stand there:
// a macro may be given another one's name, make it, or end with it.

#include <algorithm>
#include <iterator>
#include <utility>

namespace suture::builder {

JoinedParameters::Parameters JoinedParameters::bitOf(size_t index) {
  return uint64_t{1} << std::min<size_t>(index, 63);
}

/// Of a macro, those that stand among the tokens.
JoinedParameters::Parameters JoinedParameters::parametersIn(const Macro &macro,
                                                            std::span<const MacroToken> tokens) {
  Parameters found = 0;
  for (const MacroToken &token : tokens)
    if (token.kind == TokenKind::Word)
      if (const auto parameter = macro.parameter(token.word))
        found |= bitOf(*parameter);
  return found;
}

JoinedParameters::JoinedParameters(const MacroReader &reader, std::vector<const Macro *> macros,
                                   bool withStrings)
    : reader_(reader), macros_(std::move(macros)), withStrings_(withStrings),
      macrosOf_(reader.words()), joined_(reader.words()), calls_(reader.words()) {
  for (const Macro *macro : macros_)
    macrosOf_[macro->name].push_back(macro);
  findCallers();
  for (const Macro *macro : macros_)
    joined_[macro->name] |= joinedIn(*macro);
  for (bool isNew = true; isNew;) {
    isNew = false;
    joiners_.clear();
    for (Word word = 0; word < joined_.size(); ++word)
      if (isJoiner(word))
        joiners_.push_back(word);
    for (const Macro *macro : macros_) {
      const Parameters found = joined_[macro->name] | passedOn(*macro);
      isNew |= found != joined_[macro->name];
      joined_[macro->name] = found;
    }
  }
}

bool JoinedParameters::isJoined(Slot slot) const {
  return (joined_[slot.macro] & bitOf(slot.parameter)) != 0;
}

size_t JoinedParameters::lastParameter(Word name) const {
  size_t last = 0;
  for (const Macro *macro : macrosOf_[name])
    last = std::max(last, std::max<size_t>(macro->parameters.size(), 1) - 1);
  return last;
}

void JoinedParameters::findCallers() {
  for (bool isNew = true; isNew;) {
    isNew = false;
    for (const Macro *macro : macros_)
      if (!calls_[macro->name] && callsParameter(*macro))
        isNew = calls_[macro->name] = true;
  }
}

/// Whether a macro calls one of its parameters, or ends with it, so that what follows may.
bool JoinedParameters::callsParameter(const Macro &macro) const {
  for (size_t i = 0; i < macro.body.size(); ++i)
    if (macro.body[i].kind == TokenKind::Word && macro.parameter(macro.body[i].word) &&
        mayBeCalled(&macro, macro.body, i))
      return true;
  return false;
}

bool JoinedParameters::mayBeCalled(const Macro *macro, std::span<const MacroToken> tokens,
                                   size_t at) const {
  if (at + 1 == tokens.size() || isCalled(tokens, at))
    return true;
  // What may be anything may call it: a parameter, a name that is made, what another call gives.
  const auto mayCall = [&](size_t i) {
    return tokens[i].kind == TokenKind::Close ||
           (tokens[i].kind == TokenKind::Word &&
            (calls_[tokens[i].word] || (macro && macro->parameter(tokens[i].word)) ||
             (i > 0 && tokens[i - 1].kind == TokenKind::Join)));
  };
  size_t level = 0;
  for (size_t i = at; i-- > 0 && tokens[i].kind != TokenKind::Directive;) {
    if (tokens[i].kind == TokenKind::Close) {
      ++level;
    } else if (tokens[i].kind == TokenKind::Open) {
      if (level == 0 && i > 0 && mayCall(i - 1))
        return true;
      level -= level > 0 ? 1 : 0;
    }
  }
  return false;
}

/// Those that stand next to a `##` in their own macro.
JoinedParameters::Parameters JoinedParameters::joinedIn(const Macro &macro) const {
  const std::span<const MacroToken> body = macro.body;
  Parameters found = 0;
  for (size_t i = 0; i < body.size(); ++i) {
    if (joinsNeighbours(body, i))
      found |= parametersIn(macro, body.subspan(i - 1, 3));
    if (withStrings_ && body[i].kind == TokenKind::MakeString)
      found |= parametersIn(macro, body.subspan(i + 1, std::min<size_t>(1, body.size() - i - 1)));
  }
  return found;
}

/// Whether an argument in a macro's body may get next to a `##`: as one of those after it, too,
/// since a parameter may stand for several.
bool JoinedParameters::mayJoin(Word called, size_t argument) const {
  const size_t first = std::min(argument, lastParameter(called));
  return (joined_[called] & ~(bitOf(first) - 1)) != 0;
}

/// Those that stand in such an argument of another macro.
JoinedParameters::Parameters JoinedParameters::passedOn(const Macro &macro) {
  const std::span<const MacroToken> body = macro.body;
  Parameters found = 0;
  const auto addCall = [&](size_t open) {
    forEachArgument(body, open, [&](size_t, std::span<const MacroToken> argument) {
      found |= parametersIn(macro, argument);
    });
  };
  for (size_t i = 0; i < body.size(); ++i) {
    if (isCalled(body, i) && !joinersMadeBy(rowEndingAt(macro, body, i)).empty())
      addCall(i + 1);
    if (body[i].kind != TokenKind::Word || macro.parameter(body[i].word) || !isJoiner(body[i].word))
      continue;
    if (!isCalled(body, i)) {
      if (mayBeCalled(&macro, body, i))
        found = allParameters;
      continue;
    }
    const size_t end =
        forEachArgument(body, i + 1, [&](size_t index, std::span<const MacroToken> argument) {
          if (mayJoin(body[i].word, index))
            found |= parametersIn(macro, argument);
        });
    isIncomplete_ |= end == 0;
    if (end != 0 && isCalled(body, end) && !joinersAtEndOf(body[i].word).empty())
      addCall(end + 1);
  }
  return found;
}

std::vector<Word> JoinedParameters::joinersMadeBy(const JoinedRow &row) const {
  std::vector<Word> found;
  if (row.empty())
    return found;
  std::ranges::copy_if(joiners_, std::back_inserter(found),
                       [&](Word name) { return fits(row, reader_.spelling(name), reader_); });
  return found;
}

std::vector<Word> JoinedParameters::joinersAtEndOf(Word name, unsigned depth) const {
  constexpr unsigned Deepest = 8;
  if (depth > Deepest)
    return joiners_;
  std::vector<Word> found;
  for (const Macro *macro : macrosOf_[name]) {
    const std::span<const MacroToken> body = macro->body;
    if (body.empty())
      continue;
    std::vector<Word> more;
    if (body.back().kind != TokenKind::Close) {
      more = joinersMadeBy(rowEndingAt(*macro, body, body.size() - 1));
    } else if (const size_t open = openingOf(body, body.size() - 1);
               open > 0 && body[open - 1].kind == TokenKind::Word) {
      more = joinersAtEndOf(body[open - 1].word, depth + 1);
    }
    found.insert(found.end(), more.begin(), more.end());
  }
  return found;
}

} // namespace suture::builder

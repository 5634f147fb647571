// SPDX-License-Identifier: Apache-2.0
// C can use macros of the assembler:
//
//   asm ( ".include \"asm-macros.h\"" );        in a header that each unit includes
//   asm volatile ( "DO_OVERWRITE_RSB" );        in a function
//
// To the preprocessor and the parser a change of such a macro is invisible; the lines may even
// stand under `#if 0`. What tells is the name in a string.
#include "payload-builder/units/assembler_macros.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

namespace suture::builder {
namespace {

bool isWordChar(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::string firstWord(llvm::StringRef text) { return text.ltrim().take_while(isWordChar).str(); }

/// Texts of macros by name, and of all other lines that say something ("").
std::map<std::string, std::string> macrosIn(llvm::StringRef text) {
  std::map<std::string, std::string> macros;
  std::string current;
  while (!text.empty()) {
    auto [line, rest] = text.split('\n');
    text = rest;
    llvm::StringRef word = line.trim();
    if (word.consume_front(".macro ") || word.consume_front(".macro\t")) {
      current = firstWord(word);
      macros[current] += word.str() + "\n";
    } else if (word.starts_with(".endm")) {
      current.clear();
    } else if (!word.empty()) {
      macros[current] += word.str() + "\n";
    }
  }
  return macros;
}

bool mentions(llvm::StringRef text, const std::set<std::string> &names) {
  while (!text.empty()) {
    text = text.drop_until(isWordChar);
    const llvm::StringRef word = text.take_while(isWordChar);
    if (names.contains(word.str()))
      return true;
    text = text.drop_front(word.size());
  }
  return false;
}

} // namespace

bool hasAssemblerMacros(llvm::StringRef text) { return text.contains(".macro"); }

std::vector<std::string> assemblerIncludes(llvm::StringRef text) {
  std::vector<std::string> names;
  constexpr llvm::StringLiteral Directive = ".include";
  for (size_t at = text.find(Directive); at != llvm::StringRef::npos;
       at = text.find(Directive, at + 1)) {
    llvm::StringRef rest = text.substr(at + Directive.size()).ltrim(" \t");
    rest.consume_front("\\");
    if (!rest.consume_front("\""))
      continue;
    const llvm::StringRef file = rest.take_until([](char c) { return c == '"' || c == '\\'; });
    names.push_back(file.substr(file.rfind('/') + 1).str());
  }
  return names;
}

ChangedNames changedAssemblerMacros(llvm::StringRef base, llvm::StringRef patched) {
  const auto before = macrosIn(base), after = macrosIn(patched);
  ChangedNames changed;
  for (const auto &[name, text] : before)
    if (const auto other = after.find(name); other == after.end() || other->second != text)
      changed.names.insert(name);
  for (const auto &[name, text] : after)
    if (!before.contains(name))
      changed.names.insert(name);
  changed.complete = changed.names.erase("") == 0;
  for (bool grows = true; grows;) {
    grows = false;
    for (const auto *macros : {&before, &after})
      for (const auto &[name, text] : *macros)
        if (!name.empty() && !changed.names.contains(name) && mentions(text, changed.names))
          grows = changed.names.insert(name).second;
  }
  const std::pair<unsigned, unsigned> all = {1, std::numeric_limits<unsigned>::max()};
  changed.baseLines = changed.patchedLines = {all};
  return changed;
}

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
// A new file has no recorded command, and the rule that would make its object applies to all
// sources of its folder. So their commands are the witness, each with its own name taken out:
//
//   gcc -O2 '-D__OBJECT_LABEL__=common/bitmap.o' -MF ./.bitmap.o.d -c bitmap.c -o ./.bitmap.o.tmp
//   gcc -O2 '-D__OBJECT_LABEL__=common/%.o' -c %.c
//
// A makefile may give flags to one object by name (`mm.o: CFLAGS-y += -O1`): siblings that differ
// from most are such, and a new file is not, unless most is no large majority.
#include "payload-builder/generated/sibling_command.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <llvm/ADT/STLExtras.h>
#include <map>
#include <string_view>

namespace suture::builder {

namespace {

namespace fs = std::filesystem;

constexpr char ownName = '\1';

bool isNameChar(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::string replaceName(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    const size_t end = at + from.size();
    const bool isWhole =
        (at == 0 || !isNameChar(text[at - 1])) && (end == text.size() || !isNameChar(text[end]));
    if (isWhole)
      text.replace(at, from.size(), to);
    at += isWhole ? to.size() : 1;
  }
  return text;
}

/// Arguments that matter to the code, with the unit's own name taken out.
std::vector<std::string> pattern(const RecordedCommand &recorded) {
  static constexpr std::string_view withOutput[] = {"-o", "-MF", "-MT", "-MQ"};
  const std::string stem = fs::path(recorded.source).stem().string();
  std::vector<std::string> result;
  const auto &arguments = recorded.command.arguments;
  for (size_t i = 0; i < arguments.size(); ++i)
    if (llvm::is_contained(withOutput, arguments[i]))
      ++i;
    else
      result.push_back(replaceName(arguments[i], stem, std::string(1, ownName)));
  return result;
}

} // namespace

std::optional<RecordedCommand> commandLikeSiblings(const std::vector<RecordedCommand> &commands,
                                                   const std::string &source) {
  const fs::path path(source);
  std::map<std::vector<std::string>, std::vector<const RecordedCommand *>> patterns;
  size_t count = 0;
  for (const RecordedCommand &recorded : commands)
    if (fs::path(recorded.source).parent_path() == path.parent_path() &&
        fs::path(recorded.source).extension() == path.extension()) {
      patterns[pattern(recorded)].push_back(&recorded);
      ++count;
    }
  const auto most =
      std::ranges::max_element(patterns, {}, [](const auto &entry) { return entry.second.size(); });
  // Nine of ten: what is special is special by name.
  if (most == patterns.end() || most->second.size() < 2 || most->second.size() * 10 < count * 9)
    return std::nullopt;
  const RecordedCommand &like = *most->second.front();
  const std::string stem = fs::path(like.source).stem().string(), own = path.stem().string();
  RecordedCommand result;
  result.language = like.language;
  result.source = source;
  result.command.directory = like.command.directory;
  result.command.file = replaceName(like.command.file, stem, own);
  result.command.output = own + ".o";
  for (const std::string &argument : most->first)
    result.command.arguments.push_back(replaceName(argument, std::string(1, ownName), own));
  return result;
}

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/pipeline/case_file.h"

#include <algorithm>
#include <span>
#include <sstream>
#include <string_view>

namespace suture::builder {

namespace {

constexpr std::string_view outcomes[] = {"built", "refused", "nothing-to-patch"};
constexpr std::string_view kinds[] = {"replaced",  "carries", "drops",    "needs",
                                      "not-needs", "refused", "note",     "entries",
                                      "bytes",     "escapes", "dismissed"};

bool isOneOf(std::string_view word, std::span<const std::string_view> list) {
  return std::ranges::find(list, word) != list.end();
}

std::vector<std::string> words(const std::string &text) {
  std::istringstream stream(text);
  std::vector<std::string> result;
  for (std::string word; stream >> word;)
    result.push_back(word);
  return result;
}

class Parser final {
public:
  explicit Parser(CaseFile &result) : result_(result) {}

  llvm::Error parse(const std::string &text) {
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
      ++line_;
      if (line.starts_with("//// ")) {
        if (llvm::Error error = directive(line.substr(5)))
          return error;
      } else if (current_ != nullptr) {
        *current_ += line + "\n";
      }
    }
    if (result_.base.empty() || result_.expectations.empty())
      return fail("a case needs a base file and an expectation");
    return llvm::Error::success();
  }

private:
  llvm::Error fail(const std::string &why) const {
    return llvm::createStringError(llvm::inconvertibleErrorCode(), "%s:%u: %s",
                                   result_.name.c_str(), line_, why.c_str());
  }

  llvm::Error directive(const std::string &text) {
    const size_t space = std::min(text.find(' '), text.size());
    const std::string word = text.substr(0, space);
    const std::string rest = space < text.size() ? text.substr(space + 1) : "";
    if (word == "compilers")
      result_.compilers = words(rest);
    else if (word == "flags")
      result_.flags = words(rest);
    else if (word == "make")
      result_.makeTargets.push_back(rest);
    else if (word == "base")
      current_ = &result_.base[rest];
    else if (word == "built")
      current_ = &result_.built[rest];
    else if (word == "link")
      result_.linkFlags = words(rest);
    else if (word == "patched")
      current_ = &result_.patched[rest].emplace();
    else if (word == "removed")
      result_.patched[rest] = std::nullopt;
    else if (word == "expect")
      return expectation(rest);
    else
      return fail("unknown directive " + word);
    return llvm::Error::success();
  }

  llvm::Error expectation(const std::string &text) {
    const size_t space = std::min(text.find(' '), text.size());
    const std::string word = text.substr(0, space);
    const bool isOutcome = space == text.size();
    if (isOutcome ? !isOneOf(word, outcomes) : !isOneOf(word, kinds))
      return fail("unknown expectation " + text);
    result_.expectations.push_back(
        {isOutcome ? "outcome" : word, isOutcome ? word : text.substr(space + 1)});
    return llvm::Error::success();
  }

  CaseFile &result_;
  std::string *current_ = nullptr;
  unsigned line_ = 0;
};

} // namespace

llvm::Expected<CaseFile> parseCase(const std::string &name, const std::string &text) {
  CaseFile result;
  result.name = name;
  if (llvm::Error error = Parser(result).parse(text))
    return error;
  if (result.compilers.empty())
    result.compilers = name.ends_with(".c") ? std::vector<std::string>{"gcc", "clang"}
                                            : std::vector<std::string>{"clang"};
  return result;
}

} // namespace suture::builder

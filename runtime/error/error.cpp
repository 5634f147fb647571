// SPDX-License-Identifier: Apache-2.0
// Errors carry fields, not prose; the prose is a table of templates (error_code.h) and the loop
// below, so that host and hypervisor say the same words. A template is copied, and `{field}` is
// replaced by the field's value:
//
//   "function [{entry}] {subject} has {value} bytes, the jump needs {allowed}"
//   -> "function [2] memcpy has 4 bytes, the jump needs 5"
//
// Rejected: a format string for each call site (the texts would be scattered, and the freestanding
// build has no formatter).

#include "runtime/error/error.h"

#include <array>

namespace suture {
namespace {

struct Row {
  std::string_view name;
  format::Errno number;
  uint8_t check;
  std::string_view text;
};

constexpr std::array<Row, errorCodeCount> rows{{
#define SUTURE_X(name, errnoName, check, text) {#name, format::Errno::errnoName, check, text},
    SUTURE_ERRORS(SUTURE_X)
#undef SUTURE_X
}};

constexpr std::array<std::string_view, 10> keys{"section", "entry",  "offset",  "value", "hex",
                                                "allowed", "signed", "subject", "other", "top"};

/// Whether each `{key}` of the templates is one that appendField() knows.
consteval bool templatesAreSound() {
  for (const Row &entry : rows) {
    std::string_view rest = entry.text;
    for (size_t open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
      size_t close = rest.find('}', open);
      if (close == std::string_view::npos)
        return false;
      bool known = false;
      for (std::string_view key : keys)
        known |= key == rest.substr(open + 1, close - open - 1);
      if (!known)
        return false;
      rest = rest.substr(close + 1);
    }
  }
  return true;
}
static_assert(templatesAreSound());

constexpr const Row &row(ErrorCode code) noexcept { return rows[static_cast<uint16_t>(code)]; }

void appendSigned(Reason &out, int32_t value) noexcept {
  if (value < 0)
    out.append('-');
  out.appendDecimal(value < 0 ? 0 - static_cast<uint64_t>(static_cast<int64_t>(value))
                              : static_cast<uint64_t>(value));
}

/// Appends the field that `key` names.
void appendField(Reason &out, const Error &error, std::string_view key) noexcept {
  if (key == "section")
    out.appendDecimal(error.section);
  else if (key == "entry")
    out.appendDecimal(error.entry);
  else if (key == "offset")
    out.appendHex(error.offset);
  else if (key == "value")
    out.appendDecimal(error.value);
  else if (key == "hex")
    out.appendHex(error.value);
  else if (key == "allowed")
    out.appendDecimal(error.allowed);
  else if (key == "signed")
    appendSigned(out, error.hookResult);
  else if (key == "subject")
    out.append(error.subject.view());
  else if (key == "other")
    out.append(error.other.view());
  else if (key == "top")
    out.append(error.top.view());
}

} // namespace

std::string_view errorName(ErrorCode code) noexcept { return row(code).name; }

unsigned errorCheckNumber(ErrorCode code) noexcept { return row(code).check; }

format::Errno errnoOf(ErrorCode code) noexcept { return row(code).number; }

int32_t resultOf(const Error &error) noexcept {
  // A hook's own errno is passed on; what a hook returns beyond the errno range is not one.
  constexpr int32_t lowestErrno = -4095;
  if (error.hookResult < 0 && error.hookResult >= lowestErrno)
    return error.hookResult;
  return -static_cast<int32_t>(errnoOf(error.code));
}

Reason describe(const Error &error) noexcept {
  Reason out;
  const std::string_view text = row(error.code).text;
  // templatesAreSound() saw to it that each { has its }.
  for (size_t position = 0; position < text.size(); ++position) {
    if (text[position] != '{') {
      out.append(text[position]);
      continue;
    }
    const size_t close = text.find('}', position);
    appendField(out, error, {text.data() + position + 1, close - position - 1});
    position = close;
  }
  return out;
}

} // namespace suture

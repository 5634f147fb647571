// SPDX-License-Identifier: Apache-2.0
#include "cli/output/report.h"

#include "cli/client/names.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <fmt/format.h>

namespace suture::output {

using client::ErrorKind;

namespace {

struct KindRow {
  ErrorKind kind;
  ExitCode exitCode;
  std::string_view word;
};

constexpr std::array kinds{
    KindRow{ErrorKind::Usage, ExitCode::Usage, "usage"},
    KindRow{ErrorKind::Failed, ExitCode::Failed, "failed"},
    KindRow{ErrorKind::Unreachable, ExitCode::Failed, "unreachable"},
    KindRow{ErrorKind::Protocol, ExitCode::Failed, "protocol"},
    KindRow{ErrorKind::Refused, ExitCode::Refused, "refused"},
    KindRow{ErrorKind::TryAgain, ExitCode::TryAgain, "try-again"},
    KindRow{ErrorKind::Interrupted, ExitCode::Failed, "interrupted"},
};

const KindRow &rowOf(ErrorKind kind) { return kinds[static_cast<size_t>(kind)]; }

constexpr bool isInOrder() {
  for (size_t index = 0; index < kinds.size(); ++index) {
    if (static_cast<size_t>(kinds[index].kind) != index)
      return false;
  }
  return true;
}
static_assert(isInOrder(), "rowOf() takes the kind as an index");

} // namespace

ExitCode exitCodeOf(ErrorKind kind) { return rowOf(kind).exitCode; }

std::string_view wordFor(ErrorKind kind) { return rowOf(kind).word; }

Report::Report(std::string verb, Options options) : options_(options) {
  document_["verb"] = std::move(verb);
  document_["ok"] = true;
}

void Report::print(std::string_view text) {
  if (options_.json)
    return;
  fwrite(text.data(), 1, text.size(), stdout);
  fflush(stdout);
}

void Report::note(std::string_view line) {
  if (!options_.quiet)
    fmt::print(stderr, "suture: {}\n", line);
}

void Report::fail(const client::ClientError &error) {
  document_["ok"] = false;
  Json &entry = document_["error"];
  entry["kind"] = wordFor(error.kind);
  entry["exitCode"] = static_cast<int>(exitCodeOf(error.kind));
  if (error.errnoValue != 0)
    entry["errno"] = client::errnoName(error.errnoValue);
  entry["reason"] = jsonText(error.reason);
  const std::string_view start = options_.colour ? "\x1b[31merror:\x1b[0m " : "error: ";
  fmt::print(stderr, "suture: {}{}\n", start, error.reason);
}

client::Expected<void> Report::finish() {
  if (options_.json)
    fmt::print("{}\n", document_.dump(2, ' ', false, Json::error_handler_t::replace));
  if (fflush(stdout) != 0 || ferror(stdout) != 0)
    return std::unexpected(client::systemError("cannot write to stdout", errno));
  return {};
}

std::string jsonText(std::string_view text) { return client::escaped(text); }

} // namespace suture::output

// SPDX-License-Identifier: Apache-2.0
#include "cli/output/duration.h"

#include <cerrno>
#include <charconv>
#include <fmt/format.h>
#include <limits>

namespace suture::output {

using client::ErrorKind;
using client::failure;

namespace {

struct Unit {
  std::string_view suffix;
  double nanoseconds;
};

constexpr Unit units[] = {{"ns", 1},   {"us", 1e3}, {"µs", 1e3},
                          {"ms", 1e6}, {"s", 1e9},  {"min", 60e9}};

constexpr double longestNs = 24 * 3600e9;

} // namespace

client::Expected<std::chrono::nanoseconds> parseDuration(std::string_view text) {
  double number = 0;
  const char *end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  const auto wrong = [&](std::string_view why) {
    return failure(ErrorKind::Usage, EINVAL,
                   fmt::format("'{}' is not a time span: {} (write 30ms, 2s, 500us)", text, why));
  };
  if (error != std::errc{})
    return wrong("no number");
  const std::string_view suffix(rest, static_cast<size_t>(end - rest));
  for (const Unit &unit : units) {
    if (unit.suffix != suffix)
      continue;
    const double span = number * unit.nanoseconds;
    if (!(span >= 1) || span > longestNs)
      return wrong("from 1ns to 24 hours");
    return std::chrono::nanoseconds(static_cast<int64_t>(span + 0.5));
  }
  return wrong(suffix.empty() ? "no unit" : "unknown unit");
}

client::Expected<uint32_t> parseTimeoutNs(std::string_view text) {
  auto span = parseDuration(text);
  if (!span)
    return std::unexpected(span.error());
  if (span->count() > std::numeric_limits<uint32_t>::max())
    return failure(ErrorKind::Usage, ERANGE,
                   fmt::format("a rendezvous time-out of {} is too long: at most 4.29s", text));
  return static_cast<uint32_t>(span->count());
}

std::string formatDuration(std::chrono::nanoseconds span) {
  const auto count = static_cast<double>(span.count());
  if (span.count() < 1'000)
    return fmt::format("{} ns", span.count());
  if (span.count() < 1'000'000)
    return fmt::format("{:.3g} us", count / 1e3);
  if (span.count() < 1'000'000'000)
    return fmt::format("{:.3g} ms", count / 1e6);
  return fmt::format("{:.2f} s", count / 1e9);
}

} // namespace suture::output

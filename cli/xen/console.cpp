// SPDX-License-Identifier: Apache-2.0
#include "cli/xen/console.h"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

namespace suture::xen {

namespace {

constexpr size_t chunkSize = 16 * 1024;
/// More than any ring holds in practice; ends a read that new lines keep alive.
constexpr size_t mostBytes = 4 * 1024 * 1024;

/// Lines that Xen logs whether or not anything is wrong.
constexpr std::array<std::string_view, 5> progress{": Verifying ", ": Applying ", ": Reverting",
                                                   ": Calling ", " finished "};

constexpr std::string_view tag = "livepatch: ";
/// In a line that names the function instead of the payload; the payload's own line follows.
constexpr std::string_view mismatchTag = ": expectation failed: ";

std::string_view withoutName(std::string_view text) {
  if (text.starts_with(':'))
    text.remove_prefix(1);
  while (text.starts_with(' '))
    text.remove_prefix(1);
  return text;
}

} // namespace

std::string messagesAbout(std::string_view payload, std::string_view lines, size_t count) {
  std::deque<std::string_view> found;
  std::string_view mismatch;
  while (!lines.empty()) {
    std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    const size_t start = line.find(tag);
    if (start == std::string_view::npos)
      continue;
    std::string_view text = line.substr(start + tag.size());
    if (text.find(mismatchTag) != std::string_view::npos)
      mismatch = text;
    if (!text.starts_with(payload))
      continue;
    text.remove_prefix(payload.size());
    // The name is not the beginning of a longer one.
    if (!text.starts_with(':') && !text.starts_with(' '))
      continue;
    if (std::ranges::any_of(progress,
                            [&](std::string_view word) { return text.starts_with(word); }))
      continue;
    if (text.starts_with(": expectations of ") && !mismatch.empty())
      found.push_back(std::exchange(mismatch, {}));
    found.push_back(withoutName(text));
    while (found.size() > count)
      found.pop_front();
  }
  std::string joined;
  for (const std::string_view text : found)
    joined += (joined.empty() ? "" : "; ") + std::string(text);
  return joined;
}

std::string ConsoleRing::read() {
  auto memory = hypervisor_.xencall().allocate(chunkSize);
  std::string text;
  while (memory && text.size() < mostBytes) {
    Sysctl op{};
    op.command = static_cast<uint32_t>(SysctlCommand::ReadConsole);
    op.u.readConsole.incremental = 1;
    op.u.readConsole.index = index_;
    op.u.readConsole.buffer = memory->address();
    op.u.readConsole.count = chunkSize;
    auto result = hypervisor_.sysctl(op);
    if (!result || *result < 0 || op.u.readConsole.count == 0)
      break;
    index_ = op.u.readConsole.index;
    const size_t size = std::min<size_t>(op.u.readConsole.count, chunkSize);
    text.append(reinterpret_cast<const char *>(memory->bytes().data()), size);
  }
  return text;
}

} // namespace suture::xen

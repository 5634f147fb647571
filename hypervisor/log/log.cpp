// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/log/log.h"

#include "hypervisor/lib/spin_lock.h"
#include "hypervisor/x86/instructions.h"
#include "hypervisor/x86/serial_port.h"

#include <atomic>
#include <optional>

namespace suture::hv {
namespace {

constexpr x86::SerialPort port{x86::SerialPort::com1};

constinit SpinLock lock;
constinit std::atomic<bool> lockBroken{false};
constinit std::atomic<uint64_t> ticksPerMicrosecond{0};
constinit std::atomic<uint64_t> startTicks{0};

std::string_view timeStamp(std::span<char> out) {
  const uint64_t rate = ticksPerMicrosecond.load(std::memory_order_acquire);
  if (rate == 0)
    return {};
  const uint64_t microseconds = (x86::rdtsc() - startTicks.load(std::memory_order_relaxed)) / rate;
  const std::array<FormatArgument, 2> parts{microseconds / 1'000'000,
                                            microseconds % 1'000'000 + 1'000'000};
  auto text = formatInto(out, "[{5}.{}] ", parts);
  // The fraction was printed with a leading 1 to keep its zeros; take that digit out.
  auto *digit = out.data() + text.find('.') + 1;
  for (auto *at = digit; at + 1 < text.data() + text.size(); ++at)
    *at = at[1];
  return text.substr(0, text.size() - 1);
}

} // namespace

void initLog() { port.init(); }

void setLogClock(uint64_t ticksPerSecond) {
  startTicks.store(x86::rdtsc(), std::memory_order_relaxed);
  const uint64_t rate = ticksPerSecond / 1'000'000;
  // Pairs with the acquire in timeStamp(): who sees a rate sees the start.
  ticksPerMicrosecond.store(rate == 0 ? 1 : rate, std::memory_order_release);
}

void logArguments(std::string_view pattern, std::span<const FormatArgument> arguments) {
  // Reasons why a payload is refused are up to 1024 bytes long.
  std::array<char, 1100> line{};
  std::array<char, 32> time{};
  auto text = formatInto(line, pattern, arguments);
  const bool locked = !lockBroken.load(std::memory_order_relaxed);
  if (locked)
    lock.lock();
  port.write(timeStamp(time));
  port.write(text);
  port.write("\n");
  if (locked)
    lock.unlock();
}

void breakLogLock() { lockBroken.store(true, std::memory_order_relaxed); }

} // namespace suture::hv

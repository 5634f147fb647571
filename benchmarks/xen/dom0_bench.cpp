// SPDX-License-Identifier: Apache-2.0
// Runs in the dom0 of a stock Xen: uploads, applies, reverts and lists payloads, and says how long
// each took and how long a busy loop was held up meanwhile.
//
//   dom0_bench ROUNDS SPINNERS TARGETS PAYLOAD...
//
// TARGETS holds the functions that the other payloads replace; it stays applied. One line of JSON a
// payload, in ticks of the TSC, and "ended" at the end:
//
//   {"payload":"p10","ticksPerSecond":...,"late":0,"upload":{"client":[...]},
//    "list":{"client":[...]},"apply":{"client":[...],"gap":[...]},"revert":{...},"nothing":{...}}
//
// "client" is from the request until the client has seen the action done. "gap" is what GapProber
// saw in that time; uploads and lists stop nobody, and where one thread emulates all CPUs it would
// be the other CPU's turn. "nothing" asks for the payload's state, which stops nobody: what a gap
// is without a pause. "late" counts actions that Xen gave up because CPUs did not come in time;
// they changed nothing, and are asked for again. This thread stays on CPU 0, the prober has CPU 1,
// and the spinners the next ones; with one CPU there is no prober.

#include "benchmarks/xen/gap_prober.h"
#include "cli/client/listing.h"
#include "cli/client/names.h"
#include "cli/xen/bounce.h"
#include "cli/xen/hypervisor.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <list>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>

namespace suture::bench {
namespace {

using client::ActionOptions;
using client::Call;
using client::Expected;
using format::ActionKind;

/// CPUs under emulation come late; this is about all that Xen takes.
constexpr uint32_t timeoutNs = 4'000'000'000;
constexpr unsigned mostUploads = 20;
/// How often an action is asked for that Xen has no room for, or that comes to nothing.
constexpr unsigned mostTries = 1000;

/// Carries operations to Xen and does nothing else: `suture` reads Xen's log too, which takes more
/// time than most of what is measured here.
Call directCall(std::shared_ptr<xen::Hypervisor> hypervisor) {
  return [hypervisor](format::LivepatchOp &op,
                      std::span<const client::Buffer> buffers) -> Expected<client::Outcome> {
    std::vector<xen::CallerSegment> segments;
    for (const client::Buffer &buffer : buffers)
      segments.push_back({client::handleOf(buffer.bytes.data()), buffer.bytes, buffer.direction});
    auto bounce = xen::Bounce::make(*hypervisor, op, segments);
    if (!bounce)
      return std::unexpected(bounce.error());
    xen::Sysctl sysctl{};
    sysctl.command = static_cast<uint32_t>(xen::SysctlCommand::Livepatch);
    sysctl.u.livepatch = bounce->translate(op);
    auto result = hypervisor->sysctl(sysctl);
    if (!result)
      return std::unexpected(result.error());
    op = sysctl.u.livepatch;
    bounce->copyOut();
    return client::Outcome{*result, ""};
  };
}

/// Ends the program: without its numbers a benchmark has nothing to give.
template <typename T> T valueOf(Expected<T> result, const char *what) {
  if (!result) {
    fprintf(stderr, "%s: %s\n", what, result.error().reason.c_str());
    exit(1);
  }
  if constexpr (!std::is_void_v<T>)
    return std::move(*result);
}

/// False where Xen gave up because CPUs were late.
bool perform(const Call &call, const std::string &name, ActionKind kind) {
  const ActionOptions options{kind, timeoutNs, false, std::nullopt};
  auto asked = client::act(call, name, options);
  // Xen's one slot is free only a moment after the last action's result is there.
  for (unsigned tries = 1; !asked && asked.error().errnoValue == EBUSY && tries < mostTries;
       ++tries)
    asked = client::act(call, name, options);
  valueOf(std::move(asked), "action");
  auto status = valueOf(client::get(call, name), "get");
  while (status.underWay())
    status = valueOf(client::get(call, name), "get");
  if (status.result == -EBUSY)
    return false;
  if (status.result != 0)
    valueOf(Expected<void>(client::hypervisorError({status.result, status.reason})), "action");
  return true;
}

void unload(const Call &call, const std::string &name) {
  valueOf(client::act(call, name, {ActionKind::Unload, timeoutNs, false, std::nullopt}), "unload");
}

std::vector<std::byte> readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

struct Series {
  std::vector<uint64_t> client;
  std::vector<uint64_t> gap;

  nlohmann::json json() const {
    nlohmann::json json{{"client", client}};
    if (!gap.empty())
      json["gap"] = gap;
    return json;
  }
};

void measure(Series &series, GapProber *prober, const std::function<void()> &operation) {
  if (prober != nullptr)
    prober->take();
  const uint64_t start = readTicks();
  operation();
  series.client.push_back(readTicks() - start);
  if (prober != nullptr)
    series.gap.push_back(prober->take());
}

/// Measures the action until it comes through once; returns how often it did not.
unsigned measureAction(Series &series, GapProber *prober, const std::function<bool()> &action) {
  for (unsigned late = 0; late < mostTries; ++late) {
    Series one;
    bool done = false;
    measure(one, prober, [&] { done = action(); });
    if (!done)
      continue;
    std::ranges::copy(one.client, std::back_inserter(series.client));
    std::ranges::copy(one.gap, std::back_inserter(series.gap));
    return late;
  }
  fprintf(stderr, "CPUs are always late\n");
  exit(1);
}

uint64_t ticksPerSecond() {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  const uint64_t startTicks = readTicks();
  std::this_thread::sleep_for(std::chrono::milliseconds{200});
  const uint64_t ticks = readTicks() - startTicks;
  const auto span = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start);
  return static_cast<uint64_t>(static_cast<double>(ticks) * 1e9 /
                               static_cast<double>(span.count()));
}

nlohmann::json measurePayload(const Call &call, GapProber *prober, const std::string &file,
                              unsigned rounds) {
  const std::string name = client::nameOfFile(file);
  const auto bytes = readFile(file);
  std::map<std::string, Series> series;
  const auto upload = [&] { valueOf(client::upload(call, name, bytes), "upload"); };
  for (unsigned round = 0; round < std::min(rounds, mostUploads); ++round) {
    if (round != 0)
      unload(call, name);
    measure(series["upload"], nullptr, upload);
  }
  unsigned late = 0;
  for (unsigned round = 0; round < rounds; ++round) {
    late += measureAction(series["apply"], prober,
                          [&] { return perform(call, name, ActionKind::Apply); });
    late += measureAction(series["revert"], prober,
                          [&] { return perform(call, name, ActionKind::Revert); });
    measure(series["list"], nullptr,
            [&] { valueOf(client::list(call, {.details = false}), "list"); });
    measure(series["nothing"], prober, [&] { valueOf(client::get(call, name), "get"); });
  }
  unload(call, name);
  nlohmann::json json{{"payload", name}, {"ticksPerSecond", ticksPerSecond()}, {"late", late}};
  for (const auto &[action, values] : series)
    json[action] = values.json();
  return json;
}

int run(int count, char **arguments) {
  const auto rounds = static_cast<unsigned>(atoi(arguments[1]));
  const auto spinnerCount = static_cast<unsigned>(atoi(arguments[2]));
  const std::string targets = arguments[3];
  auto xencall = valueOf(xen::Xencall::open(valueOf(xen::loadXencall(), "library")), "Xen");
  const Call call = directCall(valueOf(xen::Hypervisor::open(std::move(xencall)), "Xen"));
  pinTo(0);
  std::optional<GapProber> prober;
  std::list<Spinner> spinners;
  if (std::thread::hardware_concurrency() > 1)
    prober.emplace(1);
  for (unsigned index = 0; index < spinnerCount; ++index)
    spinners.emplace_back(index + 2);

  const auto bytes = readFile(targets);
  const std::string name = client::nameOfFile(targets);
  valueOf(client::upload(call, name, bytes), "upload of the targets");
  while (!perform(call, name, ActionKind::Apply)) {
  }
  for (int index = 4; index < count; ++index) {
    printf(
        "%s\n",
        measurePayload(call, prober ? &*prober : nullptr, arguments[index], rounds).dump().c_str());
    fflush(stdout);
  }
  printf("ended\n");
  return 0;
}

} // namespace
} // namespace suture::bench

int main(int count, char **arguments) {
  if (count < 5) {
    fprintf(stderr, "usage: dom0_bench ROUNDS SPINNERS TARGETS PAYLOAD...\n");
    return 2;
  }
  return suture::bench::run(count, arguments);
}

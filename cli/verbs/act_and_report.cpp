// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs/act_and_report.h"

#include "cli/client/names.h"
#include "cli/client/stream.h"
#include "cli/output/duration.h"
#include "cli/verbs/json.h"
#include "cli/verbs/watch.h"
#include "cli/vm/instance.h"

#include <fmt/format.h>
#include <thread>
#include <utility>

namespace suture::verbs {

using client::ErrorKind;
using client::escaped;
using client::Expected;
using format::ActionKind;
using output::formatDuration;

namespace {

std::string describeTimes(const ActionResult &result) {
  if (!result.detail || result.detail->times.totalNs == 0)
    return "";
  const format::ActionTimes &times = result.detail->times;
  const auto span = [](uint64_t value) { return std::chrono::nanoseconds(value); };
  return fmt::format(" (pause {:.1f} us, rendezvous {}, total {})",
                     static_cast<double>(times.pauseNs) / 1000,
                     formatDuration(span(times.rendezvousNs)), formatDuration(span(times.totalNs)));
}

void reportResult(Context &context, std::string_view name, const client::ActionOptions &options,
                  const ActionResult &result) {
  output::Json &document = context.report.document();
  document["name"] = output::jsonText(name);
  document.update(toJson(result));
  std::string line =
      fmt::format("{}: {}{}", escaped(name), pastWordFor(options.kind), describeTimes(result));
  if (options.probation)
    line += fmt::format("\n{0}: on probation for {1}; `suture confirm {0}` keeps it", escaped(name),
                        formatDuration(*options.probation));
  context.report.print(line + "\n");
}

Expected<WatchKey> watchKey(const Context &context, std::string_view name) {
  auto root = vm::stateRoot();
  if (!root)
    return std::unexpected(root.error());
  return WatchKey{*root + "/.probation", target::textOf(context.target), std::string(name)};
}

/// What the watching process does when nobody has confirmed in time. A hypervisor that is busy is
/// asked again for a minute.
Expected<void> revertUnconfirmed(const target::TargetSpec &spec, const std::string &name,
                                 const WaitOptions &wait) {
  const auto deadline = client::Clock::now() + std::chrono::minutes{1};
  while (true) {
    auto target = target::openTarget(spec, nullptr);
    Expected<void> done;
    if (!target) {
      done = std::unexpected(target.error());
    } else if (auto status = client::get(target->call, name);
               status && status->state == format::PayloadState::Checked && !status->underWay()) {
      return {}; // somebody was faster
    } else {
      auto result = perform(target->call, name, actionOptions(*target, ActionKind::Revert, wait),
                            wait.waitBound);
      if (!result)
        done = std::unexpected(result.error());
    }
    if (done || done.error().kind != ErrorKind::TryAgain || client::Clock::now() >= deadline)
      return done;
    std::this_thread::sleep_for(std::chrono::seconds{1});
  }
}

/// Applies on probation where the hypervisor keeps no watch: a process left behind does.
Expected<void> applyWatched(Context &context, const target::Target &target, std::string_view name,
                            client::ActionOptions options, const WaitOptions &wait) {
  auto key = watchKey(context, name);
  if (!key)
    return std::unexpected(key.error());
  auto watch = Watch::start(*key, *options.probation, [spec = context.target, key = *key, wait] {
    return revertUnconfirmed(spec, key.payload, wait);
  });
  if (!watch)
    return std::unexpected(watch.error());
  const auto span = std::exchange(options.probation, std::nullopt);
  auto result = perform(target.call, name, options, wait.waitBound);
  if (!result)
    return std::unexpected(std::move(result).error());
  watch->arm();
  options.probation = span;
  reportResult(context, name, options, *result);
  context.report.document()["watchedBy"] = watch->process();
  context.report.note(fmt::format("this hypervisor keeps no watch itself: process {} of this "
                                  "machine does, and other payloads can be applied on top",
                                  watch->process()));
  return {};
}

} // namespace

client::ActionOptions actionOptions(const target::Target &target, ActionKind kind,
                                    const WaitOptions &wait) {
  client::ActionOptions options{};
  options.kind = kind;
  options.timeoutNs = wait.timeoutNs.value_or(target.timeoutNs);
  return options;
}

Expected<void> actAndReport(Context &context, const target::Target &target, std::string_view name,
                            const client::ActionOptions &options, const WaitOptions &wait) {
  if (options.probation && !target.keepsProbation)
    return applyWatched(context, target, name, options, wait);
  auto result = perform(target.call, name, options, wait.waitBound);
  if (!result)
    return std::unexpected(std::move(result).error());
  reportResult(context, name, options, *result);
  if (!target.keepsProbation) {
    // Whatever was watched is over: the payload is reverted, or applied without probation.
    if (auto key = watchKey(context, name))
      (void)endWatch(*key);
  }
  return {};
}

Expected<void> confirmPayload(const Context &context, const target::Target &target,
                              std::string_view name) {
  if (target.keepsProbation)
    return client::confirm(target.call, name);
  auto key = watchKey(context, name);
  if (!key)
    return std::unexpected(key.error());
  return endWatch(*key);
}

} // namespace suture::verbs

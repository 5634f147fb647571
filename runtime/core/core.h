// SPDX-License-Identifier: Apache-2.0
#pragma once
// The livepatch core: loaded payloads, the applied stack, and the one action at a time that changes
// it.
//
//   control context                     safe point                      stopped
//   requestAction() --- checks,     --> runPending() -- quiesce() -->   Commit::run
//     pre hook, result = -EAGAIN          post hook, result, times
//
// An action is answered at once and done at the safe point, where no CPU has a frame of a patchable
// function on its stack; so once a revert is through, nothing of the payload is in use and it may
// be unloaded. All calls but hasWork() are serialised by the platform.

#include "runtime/core/commit.h"
#include "runtime/core/expectations.h"
#include "runtime/core/payload.h"
#include "runtime/core/registry.h"
#include "runtime/error/try.h"
#include "runtime/load/loader.h"
#include "runtime/platform.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string_view>

namespace suture {

/// An action as the control interface asks for it.
struct ActionSpec {
  std::string_view name;
  /// An ActionKind, not checked yet.
  uint32_t action = 0;
  /// Upper bound in ns for the rendezvous; 0 is defaultTimeoutNs.
  uint32_t timeoutNs = 0;
  /// Not checked yet.
  uint32_t flags = 0;
  /// Milliseconds of probation; nothing for an action without.
  std::optional<uint32_t> probationMs = std::nullopt;
};

template <Platform P> class LivepatchCore final {
public:
  using Item = Payload<P>;

  /// \param platform  outlives the core.
  explicit LivepatchCore(P &platform) noexcept
      : platform_(platform), registry_(platform), stack_(platform) {}
  LivepatchCore(const LivepatchCore &) = delete;
  LivepatchCore &operator=(const LivepatchCore &) = delete;
  /// Gives all memory back. The hypervisor's own core never ends; nobody may run payload code when
  /// one does.
  ~LivepatchCore() {
    // Youngest first: a payload links only to older ones.
    while (Item *payload = registry_.last())
      destroy(*payload);
  }

  /// Loads a payload under a name that is 1 to 127 bytes long. Context: control.
  /// \param file  the payload file, not trusted; not needed after this returns.
  /// Errors: NameInUse, NoMemoryForPayload, and the loader's.
  [[nodiscard]] Result<> upload(std::string_view name, ByteView file) noexcept {
    if (registry_.find(name) != nullptr)
      return fail({.code = ErrorCode::NameInUse, .subject = {name}});
    Loader<P, Registry<P>> loader{platform_, registry_};
    SUTURE_TRY_ASSIGN(loaded, loader.load(file));

    std::span<std::byte> block = platform_.allocate(sizeof(Item), alignof(Item));
    if (block.empty())
      return fail({.code = ErrorCode::NoMemoryForPayload});
    Item *payload = new (block.data()) Item{name, std::move(loaded)};
    if (!registry_.reserve(*payload)) {
      destroyRecord(*payload);
      return fail({.code = ErrorCode::NoMemoryForPayload});
    }
    registry_.add(*payload);
    ++version_;
    logAbout(*payload, "uploaded");
    return {};
  }

  /// Checks an action and queues it, or does it (unload). Context: control.
  /// On success the payload's result is -Again until runPending() has done it (unload: it is gone).
  /// Errors: UnknownName and all codes after it in error_code.h up to TopOnProbation and
  /// ProbationZero. None of them leaves the payload "in progress".
  [[nodiscard]] Result<> requestAction(const ActionSpec &spec) noexcept {
    const uint64_t startNs = platform_.nowNs(), startTicks = platform_.nowTicks();
    Item *payload = registry_.find(spec.name);
    if (payload == nullptr)
      return fail({.code = ErrorCode::UnknownName, .subject = {spec.name}});
    if (slot_ && slot_->payload == payload)
      return fail({.code = ErrorCode::ActionInProgress, .subject = {spec.name}});
    const std::optional<Action> action = actionFrom(spec.action);
    if (!action)
      return fail({.code = ErrorCode::UnknownAction, .value = spec.action});
    SUTURE_TRY(checkFlags(spec, *action));
    if (!nextState(payload->state, *action))
      return fail({.code = ErrorCode::WrongState,
                   .subject = {spec.name},
                   .other = {actionName(*action)},
                   .top = {stateName(payload->state)}});
    if (*action == Action::Unload)
      return unload(*payload);

    if (slot_)
      return fail({.code = ErrorCode::SlotBusy, .subject = {slot_->payload->name()}});
    SUTURE_TRY(check(*payload, *action, spec.flags));
    if (!stack_.reserve(stack_.size() + 1))
      return fail({.code = ErrorCode::NoMemoryForAction});
    SUTURE_TRY(callPreHook(*payload, *action));
    queue(Slot{.payload = payload,
               .action = *action,
               .timeoutNs = spec.timeoutNs == 0 ? format::defaultTimeoutNs : spec.timeoutNs,
               .probationMs = spec.probationMs.value_or(0),
               .startNs = startNs,
               .startTicks = startTicks});
    return {};
  }

  /// Ends a payload's probation: it stays. Errors: UnknownName, ActionInProgress, NotOnProbation.
  /// Context: control.
  [[nodiscard]] Result<> confirm(std::string_view name) noexcept {
    Item *payload = registry_.find(name);
    if (payload == nullptr)
      return fail({.code = ErrorCode::UnknownName, .subject = {name}});
    if (slot_ && slot_->payload == payload)
      return fail({.code = ErrorCode::ActionInProgress, .subject = {name}});
    if (payload->probationEndNs == 0)
      return fail({.code = ErrorCode::NotOnProbation, .subject = {name}});
    endProbation(*payload);
    ++version_;
    logAbout(*payload, "confirmed");
    return {};
  }

  /// Whether runPending() has something to do. Any context, any CPU, not serialised: cheap enough
  /// for each guest entry.
  [[nodiscard]] bool hasWork(uint64_t nowNs) const noexcept {
    // Relaxed: a hint that may be late by one round; what it announces is read under the
    // platform's serialisation.
    return queued_.load(std::memory_order_relaxed) ||
           nowNs >= deadlineNs_.load(std::memory_order_relaxed);
  }

  /// Does the queued action, and reverts a payload whose probation is over. Context: safe.
  void runPending() noexcept {
    if (slot_)
      runSlot();
    Item *top = stack_.empty() ? nullptr : stack_.last();
    if (top != nullptr && top->probationEndNs != 0 &&
        platform_.nowNs() >= deadlineNs_.load(std::memory_order_relaxed))
      endOverdueProbation(*top);
  }

  [[nodiscard]] const Registry<P> &payloads() const noexcept { return registry_; }
  /// Applied payloads, bottom first.
  [[nodiscard]] std::span<Item *const> stack() const noexcept { return stack_.items(); }
  /// Changes with every upload, unload, apply, revert, replace and confirm; starts at 1.
  [[nodiscard]] uint32_t version() const noexcept { return version_; }
  /// Whether an action waits for the safe point.
  [[nodiscard]] bool isBusy() const noexcept { return slot_.has_value(); }
  [[nodiscard]] P &platform() noexcept { return platform_; }

private:
  struct Slot {
    Item *payload = nullptr;
    Action action{};
    uint32_t timeoutNs = 0;
    uint32_t probationMs = 0;
    uint64_t startNs = 0, startTicks = 0;
  };

  static constexpr uint64_t never = UINT64_MAX;
  static constexpr uint64_t nsPerMs = 1'000'000;
  /// After a revert that did not come through when a probation ended.
  static constexpr uint64_t probationRetryNs = 1'000 * nsPerMs;

  // Checks: nothing below up to callPreHook() changes anything.

  [[nodiscard]] static Result<> checkFlags(const ActionSpec &spec, Action action) noexcept {
    if ((spec.flags & ~format::actionFlagsMask) != 0)
      return fail({.code = ErrorCode::UnknownActionFlags,
                   .value = spec.flags,
                   .allowed = format::actionFlagsMask});
    if (spec.flags != 0 && action != Action::Apply)
      return fail({.code = ErrorCode::FlagsNotForAction, .subject = {actionName(action)}});
    if (spec.probationMs && action != Action::Apply)
      return fail({.code = ErrorCode::ProbationNotForAction, .subject = {actionName(action)}});
    if (spec.probationMs == uint32_t{0})
      return fail({.code = ErrorCode::ProbationZero});
    return {};
  }

  [[nodiscard]] Result<> check(const Item &payload, Action action, uint32_t flags) noexcept {
    if (action == Action::Revert)
      return checkRevert(payload);
    if (payload.wasApplied && payload.loaded.hasWritableData)
      return fail({.code = ErrorCode::ReapplyNeedsReload, .subject = {payload.name()}});
    if (!stack_.empty() && stack_.last()->probationEndNs != 0)
      return fail({.code = ErrorCode::TopOnProbation, .subject = {stack_.last()->name()}});
    return action == Action::Replace ? checkReplace(payload) : checkApply(payload, flags);
  }

  [[nodiscard]] Result<> checkRevert(const Item &payload) const noexcept {
    if (stack_.last() != &payload)
      return fail({.code = ErrorCode::NotTopOfStack,
                   .subject = {payload.name()},
                   .other = {stack_.last()->name()}});
    return {};
  }

  [[nodiscard]] Result<> checkApply(const Item &payload, uint32_t flags) noexcept {
    const std::span<const uint8_t> under =
        stack_.empty() ? platform_.buildId() : stack_.last()->loaded.id.view();
    if ((flags & format::actionNodeps) == 0 && !payload.loaded.depends.is(under)) {
      Error error{.code = ErrorCode::DependsMismatch,
                  .subject = {payload.name()},
                  .other = hexText(payload.loaded.depends.view())};
      error.top.append(stack_.empty() ? "the hypervisor" : stack_.last()->name());
      error.top.append(", ");
      error.top.appendBytes(under.first(std::min<size_t>(under.size(), 20)));
      return fail(error);
    }
    return checkExpectations(payload, FutureText<P>{platform_});
  }

  [[nodiscard]] Result<> checkReplace(const Item &payload) noexcept {
    if (!payload.loaded.depends.is(platform_.buildId()))
      return fail({.code = ErrorCode::ReplaceDependsMismatch,
                   .subject = {payload.name()},
                   .other = hexText(payload.loaded.depends.view())});
    auto refuseHooks = [&](const Item &culprit) {
      return fail({.code = ErrorCode::ReplaceVetoingHooks,
                   .subject = {payload.name()},
                   .other = {culprit.name()}});
    };
    if (payload.loaded.hooks.hasVetoing())
      return refuseHooks(payload);
    for (const Item *applied : stack_.items())
      if (applied->loaded.hooks.hasVetoing())
        return refuseHooks(*applied);
    FutureText<P> future{platform_};
    SUTURE_TRY(future.lookPast(stack_.items()));
    return checkExpectations(payload, future);
  }

  // Hooks around the action.

  int32_t callHook(Item &payload, SingleHook hook, int32_t result) noexcept {
    HookPayload argument{.size = sizeof(HookPayload),
                         .result = result,
                         .name = payload.nameBytes,
                         .applyFunctions = nullptr,
                         .revertFunctions = nullptr,
                         .context = nullptr};
    return platform_.callHook(payload.loaded.hooks.of(hook), &argument);
  }

  [[nodiscard]] Result<> callPreHook(Item &payload, Action action) noexcept {
    const SingleHook hook = action == Action::Revert ? SingleHook::PreRevert : SingleHook::PreApply;
    if (!payload.loaded.hooks.has(hook))
      return {};
    const int32_t result = callHook(payload, hook, 0);
    if (result == 0)
      return {};
    Error error{.code = ErrorCode::PreHookFailed,
                .hookResult = result,
                .subject = {payload.name()},
                .other = {actionName(action)}};
    recordFailure(payload, error);
    return fail(error);
  }

  /// Also after a time-out: what the pre hook did has to be undone.
  void callPostHook(Item &payload, Action action) noexcept {
    const SingleHook hook =
        action == Action::Revert ? SingleHook::PostRevert : SingleHook::PostApply;
    if (payload.loaded.hooks.has(hook))
      (void)callHook(payload, hook, payload.result);
  }

  // The slot.

  void queue(const Slot &slot) noexcept {
    slot_ = slot;
    slot.payload->result = -static_cast<int32_t>(format::Errno::Again);
    slot.payload->failure.reset();
    queued_.store(true, std::memory_order_relaxed);
    platform_.requestSafePoint();
  }

  void runSlot() noexcept {
    const Slot slot = *slot_;
    Item &payload = *slot.payload;
    Commit<P> commit{platform_, slot.action, payload, stack_.items()};
    const QuiesceResult quiesced = platform_.quiesce(
        {.timeoutNs = slot.timeoutNs, .commit = &Commit<P>::run, .context = &commit});

    if (auto error = whyFailed(slot, quiesced, commit)) {
      recordFailure(payload, *error);
    } else {
      payload.result = 0;
      payload.failure.reset();
      finish(slot);
    }
    callPostHook(payload, slot.action);
    slot_.reset();
    queued_.store(false, std::memory_order_relaxed);
    payload.times = {.rendezvousNs = quiesced.times.rendezvousNs,
                     .rendezvousTicks = quiesced.times.rendezvousTicks,
                     .pauseNs = quiesced.times.pauseNs,
                     .pauseTicks = quiesced.times.pauseTicks,
                     .totalNs = platform_.nowNs() - slot.startNs,
                     .totalTicks = platform_.nowTicks() - slot.startTicks};
    if (payload.result == 0)
      logAbout(payload, slot.action == Action::Revert ? "reverted" : "applied");
  }

  [[nodiscard]] static std::optional<Error>
  whyFailed(const Slot &slot, const QuiesceResult &quiesced, const Commit<P> &commit) noexcept {
    switch (quiesced.outcome) {
    case QuiesceOutcome::Done:
      break;
    case QuiesceOutcome::TimedOut: {
      Error error{.code = ErrorCode::QuiesceTimedOut,
                  .value = quiesced.cpusStopped,
                  .allowed = quiesced.cpusWanted};
      error.subject.appendDecimal(slot.timeoutNs);
      return error;
    }
    case QuiesceOutcome::Busy:
      return Error{.code = ErrorCode::QuiesceBusy};
    }
    const std::optional<CommitFailure> &failure = commit.failure();
    if (!failure)
      return std::nullopt;
    return Error{.code = failure->code,
                 .hookResult = failure->hookResult,
                 .subject = {static_cast<const Item *>(failure->payload)->name()},
                 .other = {actionName(failure->action)}};
  }

  /// Moves the payload to its next state. No failure: requestAction() reserved the stack's room.
  void finish(const Slot &slot) noexcept {
    Item &payload = *slot.payload;
    if (slot.action == Action::Revert) {
      pop();
    } else {
      while (slot.action == Action::Replace && !stack_.empty())
        pop();
      payload.state = *nextState(State::Checked, slot.action);
      (void)stack_.append(&payload);
      payload.stackPosition = static_cast<uint32_t>(stack_.size());
      payload.wasApplied = true;
      if (slot.probationMs != 0)
        startProbation(payload, slot.probationMs);
    }
    ++version_;
  }

  /// Takes the top off the stack, after its old bytes are back.
  void pop() noexcept {
    Item &top = *stack_.last();
    stack_.removeLast();
    top.state = *nextState(State::Applied, Action::Revert);
    top.stackPosition = 0;
    if (top.probationEndNs != 0)
      endProbation(top);
  }

  void recordFailure(Item &payload, const Error &error) noexcept {
    payload.result = resultOf(error);
    payload.failure = error;
    platform_.log(describe(error).view());
  }

  // Probation: only the top of the stack can be on it.

  void startProbation(Item &payload, uint32_t milliseconds) noexcept {
    payload.probationEndNs = platform_.nowNs() + milliseconds * nsPerMs;
    setDeadline(payload.probationEndNs);
  }

  void endProbation(Item &payload) noexcept {
    payload.probationEndNs = 0;
    setDeadline(never);
  }

  void setDeadline(uint64_t deadlineNs) noexcept {
    deadlineNs_.store(deadlineNs, std::memory_order_relaxed);
    platform_.setDeadline(deadlineNs);
  }

  /// Reverts a payload that nobody confirmed. When its pre-revert hook objects or a CPU is late, it
  /// stays on probation, and the next try is a second later.
  void endOverdueProbation(Item &top) noexcept {
    logAbout(top, "was not confirmed in time and is reverted");
    setDeadline(platform_.nowNs() + probationRetryNs);
    const Slot slot{.payload = &top,
                    .action = Action::Revert,
                    .timeoutNs = format::defaultTimeoutNs,
                    .probationMs = 0,
                    .startNs = platform_.nowNs(),
                    .startTicks = platform_.nowTicks()};
    if (!callPreHook(top, Action::Revert))
      return;
    slot_ = slot;
    runSlot();
  }

  // Memory.

  [[nodiscard]] Result<> unload(Item &payload) noexcept {
    if (payload.firstUser != nullptr)
      return fail({.code = ErrorCode::SymbolsInUse,
                   .subject = {payload.name()},
                   .other = {payload.firstUser->user->name()}});
    if (payload.wasApplied && payload.forbidsUnload())
      return fail({.code = ErrorCode::MustStayLoaded, .subject = {payload.name()}});
    logAbout(payload, "unloaded");
    destroy(payload);
    ++version_;
    return {};
  }

  void destroy(Item &payload) noexcept {
    registry_.remove(payload);
    destroyRecord(payload);
  }

  void destroyRecord(Item &payload) noexcept {
    std::destroy_at(&payload);
    platform_.release({reinterpret_cast<std::byte *>(&payload), sizeof(Item)});
  }

  void logAbout(const Item &payload, std::string_view what) noexcept {
    Text<192> line{"livepatch '"};
    line.append(payload.name());
    line.append("': ");
    line.append(what);
    platform_.log(line.view());
  }

  P &platform_;
  Registry<P> registry_;
  GrowingArray<Item *, P> stack_;
  std::optional<Slot> slot_;
  uint32_t version_ = 1;
  std::atomic<bool> queued_{false};
  std::atomic<uint64_t> deadlineNs_{never};
};

} // namespace suture

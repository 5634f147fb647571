// SPDX-License-Identifier: Apache-2.0
#pragma once
// What runs while every other CPU is stopped. It cannot fail: everything that could be refused was
// refused before. It allocates nothing, takes no lock and logs nothing; what it finds out it leaves
// in the members for later.
//
// Of a function's bytes either all old or all new ones are executed: no other CPU runs, NMI and
// machine check are held off, and each CPU serialises before it goes on (Platform::quiesce).
//
// REPLACE:  revert the stack, newest first -> apply the new one -> done
//                     |  a hook says no              |  a hook says no
//                     +------------> apply again what was reverted, oldest first
// Only action hooks can say no. Putting the old stack back never fails: a payload whose hook will
// not apply it again gets its jumps from us.

#include "runtime/core/hook_payload.h"
#include "runtime/core/payload.h"
#include "runtime/platform.h"

#include <cstdint>
#include <optional>
#include <span>

namespace suture {

/// Why a commit changed nothing in the end.
struct CommitFailure {
  ErrorCode code{};
  int32_t hookResult = 0;
  /// Whose hook it was, and which.
  const void *payload = nullptr;
  Action action{};
};

/// One action's stopped part.
template <Platform P> class Commit final {
public:
  using Item = Payload<P>;

  /// \param payload  the one to act on.
  /// \param stack    the applied stack, bottom first; not changed here.
  Commit(P &platform, Action action, Item &payload, std::span<Item *const> stack) noexcept
      : platform_(platform), action_(action), payload_(payload), stack_(stack) {}
  Commit(const Commit &) = delete;
  Commit &operator=(const Commit &) = delete;

  /// Entry for QuiesceRequest::commit; `context` is the Commit. Context: stopped.
  static void run(void *context) noexcept { static_cast<Commit *>(context)->run(); }

  /// Nothing on success. Context: after quiesce() returned Done.
  [[nodiscard]] const std::optional<CommitFailure> &failure() const noexcept { return failure_; }

private:
  void run() noexcept {
    switch (action_) {
    case Action::Apply:
      (void)applyOne(payload_);
      return;
    case Action::Revert:
      (void)revertOne(payload_);
      return;
    case Action::Replace:
      replaceAll();
      return;
    case Action::Unload:
      return; // Not done in here: it changes no code.
    }
  }

  void replaceAll() noexcept {
    size_t left = stack_.size();
    while (left > 0 && revertOne(*stack_[left - 1]))
      --left;
    if (left == 0 && applyOne(payload_))
      return;
    const std::optional<CommitFailure> why = failure_;
    for (; left < stack_.size(); ++left)
      if (!applyOne(*stack_[left]))
        applyFunctions(*stack_[left]);
    failure_ = why;
  }

  /// True when the payload's functions are patched after it.
  bool applyOne(Item &payload) noexcept {
    if (!payload.loaded.hooks.has(SingleHook::Apply)) {
      for (HvVirt hook : payload.loaded.hooks.load)
        (void)callHook(payload, hook);
      applyFunctions(payload);
      return true;
    }
    const int32_t result = callHook(payload, payload.loaded.hooks.of(SingleHook::Apply));
    if (result == 0 && isAsAsked(payload, true))
      return true;
    revertFunctions(payload);
    noteFailure(payload, Action::Apply, result);
    return false;
  }

  /// True when the payload's functions have their old bytes after it.
  bool revertOne(Item &payload) noexcept {
    if (!payload.loaded.hooks.has(SingleHook::Revert)) {
      revertFunctions(payload);
      for (HvVirt hook : payload.loaded.hooks.unload)
        (void)callHook(payload, hook);
      return true;
    }
    const int32_t result = callHook(payload, payload.loaded.hooks.of(SingleHook::Revert));
    if (result == 0 && isAsAsked(payload, false))
      return true;
    applyFunctions(payload);
    noteFailure(payload, Action::Revert, result);
    return false;
  }

  void noteFailure(const Item &payload, Action action, int32_t result) noexcept {
    failure_ = CommitFailure{.code = result == 0 ? ErrorCode::ActionHookInconsistent
                                                 : ErrorCode::ActionHookFailed,
                             .hookResult = result,
                             .payload = &payload,
                             .action = action};
  }

  /// A hook left the payload as it should have. One without functions has nothing to be left.
  static bool isAsAsked(const Item &payload, bool written) noexcept {
    return payload.loaded.functions.size() == 0 || payload.isWritten == written;
  }

  /// Writes the jumps if they are not written yet, saving what stood there.
  void applyFunctions(Item &payload) noexcept {
    if (payload.isWritten)
      return;
    // What is saved is what is overwritten, at that very moment: whatever changed the text
    // between the checks and now, revert puts the right bytes back.
    P &platform = platform_;
    for (PatchedFunction &function : payload.loaded.functions.items())
      platform.writeText(function.site(), std::span{function.patch}.first(function.length),
                         std::span{function.saved}.first(function.length));
    payload.isWritten = true;
  }

  /// Puts the saved bytes back if the jumps are written.
  void revertFunctions(Item &payload) noexcept {
    if (!payload.isWritten)
      return;
    P &platform = platform_;
    for (PatchedFunction &function : payload.loaded.functions.items())
      platform.writeText(function.site(), std::span{function.saved}.first(function.length), {});
    payload.isWritten = false;
  }

  struct HookContext {
    Commit *commit;
    Item *payload;
  };

  int32_t callHook(Item &payload, HvVirt hook) noexcept {
    HookContext context{.commit = this, .payload = &payload};
    HookPayload argument{.size = sizeof(HookPayload),
                         .result = 0,
                         .name = payload.nameBytes,
                         .applyFunctions = &applyFromHook,
                         .revertFunctions = &revertFromHook,
                         .context = &context};
    return platform_.callHook(hook, &argument);
  }

  static int32_t applyFromHook(HookPayload *self) {
    auto *context = static_cast<HookContext *>(self->context);
    context->commit->applyFunctions(*context->payload);
    return 0;
  }
  static int32_t revertFromHook(HookPayload *self) {
    auto *context = static_cast<HookContext *>(self->context);
    context->commit->revertFunctions(*context->payload);
    return 0;
  }

  P &platform_;
  Action action_;
  Item &payload_;
  std::span<Item *const> stack_;
  std::optional<CommitFailure> failure_;
};

} // namespace suture

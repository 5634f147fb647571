// SPDX-License-Identifier: Apache-2.0
#pragma once
// Who runs next on one CPU: virtual CPUs are pinned to it and take turns. A virtual CPU that
// waits (HLT) runs again when its timer is due or an interrupt is pending for it.

#include <cstdint>

namespace suture::hv {

enum class RunState : uint8_t {
  Ready,
  /// In HLT.
  Waiting,
  /// Ended, for good.
  Dead,
};

inline constexpr uint64_t never = ~uint64_t{0};

/// What the queue needs of an Entity; a member of it called `scheduling`.
template <class Entity> struct Scheduling {
  RunState state = RunState::Ready;
  /// When the timer is due, in TSC ticks, or never.
  uint64_t timerAt = never;
  Entity *next = nullptr;
};

/// A ring of Entities that belong to somebody else. Not thread-safe: each CPU touches its own.
/// Entity also has a member timerDue(), called when its timer is due: it makes the interrupt
/// pending and the state Ready.
template <class Entity> class SchedulingQueue final {
public:
  void add(Entity &entity) {
    if (last_ == nullptr) {
      entity.scheduling.next = &entity;
    } else {
      entity.scheduling.next = last_->scheduling.next;
      last_->scheduling.next = &entity;
    }
    last_ = &entity;
    ++size_;
  }

  /// The next one that is ready, after the one picked last; nullptr if none is.
  Entity *pick() {
    for (unsigned i = 0; i < size_; ++i) {
      last_ = last_->scheduling.next;
      if (last_->scheduling.state == RunState::Ready)
        return last_;
    }
    return nullptr;
  }

  /// Lets timers that are due at `now` (TSC ticks) go off.
  void fireTimers(uint64_t now) {
    forEach([&](Entity &entity) {
      if (entity.scheduling.timerAt <= now && entity.scheduling.state != RunState::Dead) {
        entity.scheduling.timerAt = never;
        entity.timerDue();
      }
    });
  }

  /// When the next timer is due, or never.
  [[nodiscard]] uint64_t nextTimer() const {
    uint64_t earliest = never;
    forEach([&](const Entity &entity) {
      if (entity.scheduling.state != RunState::Dead && entity.scheduling.timerAt < earliest)
        earliest = entity.scheduling.timerAt;
    });
    return earliest;
  }

  /// How many are ready.
  [[nodiscard]] unsigned ready() const {
    unsigned count = 0;
    forEach([&](const Entity &entity) { count += entity.scheduling.state == RunState::Ready; });
    return count;
  }

private:
  template <class Action> void forEach(Action action) const {
    Entity *entity = last_;
    for (unsigned i = 0; i < size_; ++i) {
      entity = entity->scheduling.next;
      action(*entity);
    }
  }

  /// The one picked last; the ring starts behind it.
  Entity *last_ = nullptr;
  unsigned size_ = 0;
};

} // namespace suture::hv

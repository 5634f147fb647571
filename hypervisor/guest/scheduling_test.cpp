// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/guest/scheduling.h"

#include <array>
#include <gtest/gtest.h>

namespace suture::hv {
namespace {

struct Entity {
  Scheduling<Entity> scheduling;
  int fired = 0;
  void timerDue() {
    ++fired;
    scheduling.state = RunState::Ready;
  }
};

struct Three {
  Three() {
    for (Entity &entity : entities)
      queue.add(entity);
  }
  std::array<Entity, 3> entities;
  SchedulingQueue<Entity> queue;
};

TEST(SchedulingQueue, AnEmptyQueueHasNobody) {
  SchedulingQueue<Entity> queue;
  EXPECT_EQ(queue.pick(), nullptr);
  EXPECT_EQ(queue.nextTimer(), never);
}

TEST(SchedulingQueue, EachHasItsTurn) {
  Three t;
  for (int round = 0; round < 3; ++round)
    for (Entity &entity : t.entities)
      EXPECT_EQ(t.queue.pick(), &entity);
}

TEST(SchedulingQueue, WaitingAndDeadOnesArePassedOver) {
  Three t;
  t.entities[0].scheduling.state = RunState::Waiting;
  t.entities[1].scheduling.state = RunState::Dead;
  EXPECT_EQ(t.queue.pick(), &t.entities[2]);
  EXPECT_EQ(t.queue.pick(), &t.entities[2]);
  EXPECT_EQ(t.queue.ready(), 1u);
}

TEST(SchedulingQueue, ATimerGoesOffOnceWhenItIsDue) {
  Three t;
  t.entities[1].scheduling = {
      .state = RunState::Waiting, .timerAt = 100, .next = t.entities[1].scheduling.next};
  t.entities[2].scheduling.timerAt = 200;
  EXPECT_EQ(t.queue.nextTimer(), 100u);
  t.queue.fireTimers(99);
  EXPECT_EQ(t.entities[1].fired, 0);
  t.queue.fireTimers(150);
  t.queue.fireTimers(150);
  EXPECT_EQ(t.entities[1].fired, 1);
  EXPECT_EQ(t.entities[1].scheduling.state, RunState::Ready);
  EXPECT_EQ(t.queue.nextTimer(), 200u);
}

TEST(SchedulingQueue, TheDeadHaveNoTimers) {
  Three t;
  t.entities[0].scheduling.state = RunState::Dead;
  t.entities[0].scheduling.timerAt = 5;
  EXPECT_EQ(t.queue.nextTimer(), never);
  t.queue.fireTimers(10);
  EXPECT_EQ(t.entities[0].fired, 0);
}

} // namespace
} // namespace suture::hv

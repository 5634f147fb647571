// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs/watch.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace suture::verbs {
namespace {

using client::ErrorKind;
using std::chrono::milliseconds;

class WatchTest : public testing::Test {
protected:
  WatchTest() {
    std::string pattern = testing::TempDir() + "/watchXXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~WatchTest() override { std::filesystem::remove_all(folder_); }

  WatchKey key(const std::string &payload = "fix") const {
    return {folder_ + "/watches", "xen", payload};
  }
  /// A watch whose revert leaves a file behind.
  client::Expected<Watch> start(milliseconds span) const {
    return Watch::start(key(), span, [mark = mark()]() -> client::Expected<void> {
      std::ofstream(mark) << "reverted";
      return {};
    });
  }
  std::string mark() const { return folder_ + "/mark"; }
  bool reverted() const { return std::filesystem::exists(mark()); }
  /// Waits for the process's end. \returns its exit status.
  static int ended(pid_t process) {
    int status = 0;
    waitpid(process, &status, 0);
    return status;
  }

private:
  std::string folder_;
};

TEST_F(WatchTest, RevertsWhenTheTimeIsOver) {
  auto watch = start(milliseconds{50});
  ASSERT_TRUE(watch) << watch.error().reason;
  watch->arm();
  EXPECT_EQ(ended(watch->process()), 0);
  EXPECT_TRUE(reverted());
}

TEST_F(WatchTest, DoesNothingOnceItIsConfirmed) {
  auto watch = start(std::chrono::seconds{60});
  ASSERT_TRUE(watch);
  watch->arm();
  EXPECT_EQ(endWatch(key("other")).error().kind, ErrorKind::Refused);
  const auto confirmed = endWatch(key());
  EXPECT_TRUE(confirmed) << confirmed.error().reason;
  EXPECT_EQ(ended(watch->process()), 0);
  EXPECT_FALSE(reverted());
  EXPECT_EQ(endWatch(key()).error().kind, ErrorKind::Refused) << "nothing to confirm any more";
}

TEST_F(WatchTest, IsOverAsSoonAsItIsConfirmed) {
  for (int round = 0; round < 50; ++round) {
    auto watch = start(std::chrono::seconds{60});
    ASSERT_TRUE(watch) << "the one before is in the way: " << watch.error().reason;
    watch->arm();
    ASSERT_TRUE(endWatch(key()));
    // Its process may still be there.
    const auto again = endWatch(key());
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind, ErrorKind::Refused) << again.error().reason;
  }
}

TEST_F(WatchTest, EndsWithoutARevertWhenThePayloadWasNeverApplied) {
  pid_t process = 0;
  {
    auto watch = start(milliseconds{1});
    ASSERT_TRUE(watch);
    process = watch->process();
  }
  EXPECT_EQ(ended(process), 0);
  EXPECT_FALSE(reverted());
}

TEST_F(WatchTest, RevertsWhenWhoStartedItDiesBeforeItCouldSay) {
  const pid_t starter = fork();
  if (starter == 0) {
    auto watch = start(milliseconds{50});
    kill(getpid(), SIGKILL);
  }
  ended(starter);
  for (int tries = 0; tries < 200 && !reverted(); ++tries)
    std::this_thread::sleep_for(milliseconds{20});
  EXPECT_TRUE(reverted());
}

TEST_F(WatchTest, OnePayloadHasOneWatch) {
  auto first = start(std::chrono::seconds{60});
  ASSERT_TRUE(first);
  EXPECT_EQ(start(std::chrono::seconds{60}).error().kind, ErrorKind::Refused);
}

TEST_F(WatchTest, WhatAKilledWatchLeftBehindIsNoObstacle) {
  auto first = start(std::chrono::seconds{60});
  ASSERT_TRUE(first);
  first->arm();
  kill(first->process(), SIGKILL);
  ended(first->process());
  EXPECT_EQ(endWatch(key()).error().kind, ErrorKind::Refused);
  EXPECT_TRUE(start(std::chrono::seconds{60}));
}

} // namespace
} // namespace suture::verbs

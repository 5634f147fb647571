// SPDX-License-Identifier: Apache-2.0
#pragma once
// A relay between a client under test and a real server, which can hold a request back at a moment
// that a test chooses.

#include "runtime/format/frame.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace suture::testing {

class FrameRelay final {
public:
  /// Which requests to hold back: gets the header and the operation, which is zero for a Reset.
  using Selector = std::function<bool(const format::FrameHeader &, const format::LivepatchOp &)>;

  /// Listens at `path` and forwards to `server`. The first request that `hold` selects is kept
  /// until release() is called.
  FrameRelay(const std::string &path, std::string server, Selector hold);
  FrameRelay(const FrameRelay &) = delete;
  FrameRelay &operator=(const FrameRelay &) = delete;
  ~FrameRelay();

  /// Waits until a request is held back. \returns whether that happened within 30 s.
  bool waitUntilHeld();
  void release();

private:
  void acceptClients();
  void serve(int client);
  void holdBack();

  std::string server_;
  Selector hold_;
  int listener_ = -1;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  bool released_ = false;
  std::atomic<bool> stop_ = false;
  std::list<std::thread> threads_;
};

} // namespace suture::testing

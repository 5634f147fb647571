// SPDX-License-Identifier: Apache-2.0
#pragma once
// Runs the real `suture` as a user would, for tests.

#include <chrono>
#include <string>
#include <sys/types.h>
#include <vector>

namespace suture::testing {

struct Finished {
  /// Exit code, or minus the signal that ended the program.
  int status;
  std::string out;
  std::string err;
};

/// A program that runs, with its outputs caught.
class Program final {
public:
  /// \param arguments  argv; [0] is a path.  \param environment  "NAME=value" on top of ours.
  explicit Program(std::vector<std::string> arguments, std::vector<std::string> environment = {});
  Program(const Program &) = delete;
  Program &operator=(const Program &) = delete;
  /// Kills it if it still runs.
  ~Program();

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  /// Waits for its end; after `bound` it is killed, which shows as status -9.
  Finished wait(std::chrono::seconds bound = std::chrono::seconds{60});
  /// Waits until its stdout has `text`. \returns whether it came within 30 s.
  bool waitForOutput(const std::string &text);

private:
  void drain(int milliseconds);

  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  Finished finished_{-1, "", ""};
};

/// The path of a file that the test's `data` names, relative to the workspace.
std::string runfile(const std::string &path);

/// The path of the `suture` under test.
std::string suturePath();

/// A folder of its own for a test, removed at its end; good as XDG_RUNTIME_DIR.
class ScratchFolder final {
public:
  ScratchFolder();
  ScratchFolder(const ScratchFolder &) = delete;
  ScratchFolder &operator=(const ScratchFolder &) = delete;
  ~ScratchFolder();

  const std::string &path() const { return path_; }
  /// Writes a file here. \returns its path.
  std::string file(const std::string &name, const std::string &content) const;

private:
  std::string path_;
};

} // namespace suture::testing

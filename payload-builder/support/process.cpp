// SPDX-License-Identifier: Apache-2.0
// posix_spawn rather than fork: the builder has many threads and a large address space. Both pipes
// are read as they fill, so that a program that writes much to one of them never blocks.
#include "payload-builder/support/process.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <string_view>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

extern char **environ;

namespace suture::builder {

namespace {

using Clock = std::chrono::steady_clock;

class FileDescriptor final {
public:
  explicit FileDescriptor(int value = -1) : value_(value) {}
  FileDescriptor(const FileDescriptor &) = delete;
  FileDescriptor &operator=(const FileDescriptor &) = delete;
  ~FileDescriptor() { reset(); }
  int get() const { return value_; }
  void reset(int value = -1) {
    if (value_ >= 0)
      ::close(value_);
    value_ = value;
  }

private:
  int value_;
};

struct Pipe {
  FileDescriptor readEnd, writeEnd;

  bool open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      return false;
    readEnd.reset(ends[0]);
    writeEnd.reset(ends[1]);
    return true;
  }
};

/// Children start with no signal blocked and none ignored, whatever this process does with its own.
class SpawnAttributes final {
public:
  SpawnAttributes() {
    ::posix_spawnattr_init(&attributes_);
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnAttributes(const SpawnAttributes &) = delete;
  SpawnAttributes &operator=(const SpawnAttributes &) = delete;
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }
  const posix_spawnattr_t *get() const { return &attributes_; }

private:
  posix_spawnattr_t attributes_;
};

class SpawnActions final {
public:
  SpawnActions() { ::posix_spawn_file_actions_init(&actions_); }
  SpawnActions(const SpawnActions &) = delete;
  SpawnActions &operator=(const SpawnActions &) = delete;
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  posix_spawn_file_actions_t *get() { return &actions_; }

private:
  posix_spawn_file_actions_t actions_;
};

llvm::Error systemError(int code, const std::string &program) {
  return llvm::createStringError(std::error_code(code, std::generic_category()),
                                 "%s: cannot be run", program.c_str());
}

std::vector<char *> pointers(std::vector<std::string> &strings) {
  std::vector<char *> result;
  for (std::string &text : strings)
    result.push_back(text.data());
  return result;
}

llvm::Expected<pid_t> spawn(const ProcessRequest &request, const Pipe &output, const Pipe &errors) {
  SpawnActions actions;
  ::posix_spawn_file_actions_addopen(actions.get(), 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(actions.get(), output.writeEnd.get(), 1);
  ::posix_spawn_file_actions_adddup2(actions.get(), errors.writeEnd.get(), 2);
  if (!request.directory.empty())
    ::posix_spawn_file_actions_addchdir_np(actions.get(), request.directory.c_str());
  const SpawnAttributes attributes;
  std::vector<std::string> arguments = request.arguments;
  std::vector<char *> argumentPointers = pointers(arguments);
  argumentPointers.push_back(nullptr);
  std::vector<std::string> added = request.environment;
  std::vector<char *> environment = pointers(added);
  // One value for each name: of two, a shell takes the last and a C program the first.
  for (char **entry = environ; *entry != nullptr; ++entry)
    if (std::ranges::none_of(request.environment, [&](std::string_view own) {
          return std::string_view(*entry).starts_with(own.substr(0, own.find('=') + 1));
        }))
      environment.push_back(*entry);
  environment.push_back(nullptr);
  pid_t child = 0;
  if (const int code = ::posix_spawnp(&child, arguments[0].c_str(), actions.get(), attributes.get(),
                                      argumentPointers.data(), environment.data()))
    return systemError(code, arguments[0]);
  return child;
}

/// Reads what is there; false at the end of the stream.
bool drain(int descriptor, std::string &text, size_t limit) {
  char buffer[16384];
  const ssize_t count = ::read(descriptor, buffer, sizeof buffer);
  if (count < 0)
    return errno == EINTR || errno == EAGAIN;
  const size_t room = limit - std::min(limit, text.size());
  text.append(buffer, std::min(room, static_cast<size_t>(count)));
  return count > 0;
}

/// Reads both streams to their ends; false when the deadline passed first.
bool collect(Pipe &output, Pipe &errors, size_t limit, Clock::time_point deadline,
             ProcessResult &result) {
  pollfd streams[2] = {{output.readEnd.get(), POLLIN, 0}, {errors.readEnd.get(), POLLIN, 0}};
  std::string *texts[2] = {&result.output, &result.errors};
  while (streams[0].fd >= 0 || streams[1].fd >= 0) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0)
      return false;
    if (::poll(streams, 2, static_cast<int>(left)) < 0 && errno != EINTR)
      return false;
    for (size_t i = 0; i < 2; ++i)
      if (streams[i].fd >= 0 && streams[i].revents != 0 && !drain(streams[i].fd, *texts[i], limit))
        streams[i].fd = -1;
  }
  return true;
}

int wait(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace

llvm::Expected<ProcessResult> runProcess(const ProcessRequest &request) {
  if (request.arguments.empty() || request.arguments[0].empty())
    return systemError(ENOENT, "(empty command)");
  Pipe output, errors;
  if (!output.open() || !errors.open())
    return systemError(errno, request.arguments[0]);
  llvm::Expected<pid_t> child = spawn(request, output, errors);
  if (!child)
    return child.takeError();
  output.writeEnd.reset();
  errors.writeEnd.reset();
  ProcessResult result;
  const auto deadline = Clock::now() + std::chrono::seconds(request.timeoutSeconds);
  const bool ended = collect(output, errors, request.outputLimit, deadline, result);
  if (!ended)
    ::kill(*child, SIGKILL);
  result.status = wait(*child);
  if (!ended)
    return llvm::createStringError(std::make_error_code(std::errc::timed_out),
                                   "%s: killed after %u s", request.arguments[0].c_str(),
                                   request.timeoutSeconds);
  return result;
}

} // namespace suture::builder

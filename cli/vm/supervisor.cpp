// SPDX-License-Identifier: Apache-2.0
// The process behind a running VM: QEMU's parent, owner of the control stream, holder of the lock.
//
// Requests of `suture vm` come over manage.sock: one JSON object a line. "status" is answered at
// once; "stop" when QEMU is gone, with how it went: power-off asked of the hypervisor
// (system_powerdown, ACPI power button), else QEMU's quit, else SIGKILL, each with its time.

#include "cli/vm/supervisor.h"

#include "cli/client/unix_address.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <list>
#include <nlohmann/json.hpp>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace suture::vm {

using client::Clock;
using client::Deadline;
using client::Expected;
using client::systemError;
using client::UniqueFd;

namespace {

constexpr size_t longestRequest = 4096;

Expected<UniqueFd> listenAt(const std::string &path) {
  auto address = client::UnixAddress::of(path);
  if (!address)
    return std::unexpected(address.error());
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd || bind(fd.get(), address->get(), address->size()) != 0 || listen(fd.get(), 64) != 0)
    return std::unexpected(systemError("cannot listen at " + path, errno));
  return fd;
}

/// SIGCHLD, SIGTERM and SIGINT as something to poll.
Expected<UniqueFd> watchSignals() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP})
    sigaddset(&wanted, signal);
  sigprocmask(SIG_SETMASK, &wanted, nullptr);
  UniqueFd fd(signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd)
    return std::unexpected(systemError("cannot open a signal descriptor", errno));
  return fd;
}

void log(const std::string &line) { fmt::print(stderr, "broker: {}\n", line); }

/// Sends a short text to a socket whose reader may be gone or slow; it then misses it.
void tell(const UniqueFd &fd, std::string_view text) {
  if (fd && send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
    log("a message could not be delivered: " + client::errnoText(errno));
}

class Supervisor final {
public:
  Supervisor(SupervisorSetup &setup, Qemu qemu, UniqueFd signals, UniqueFd control, UniqueFd manage)
      : setup_(setup), qemuPid_(qemu.pid), monitor_(std::move(qemu.monitor)),
        signals_(std::move(signals)), manage_(std::move(manage)),
        broker_(std::move(control), std::move(qemu.control)) {
    tell(monitor_, "{\"execute\":\"qmp_capabilities\"}\n");
  }

  int run();

private:
  enum class Stop : uint8_t { No, PowerDown, Quit, Kill };
  struct Caller {
    UniqueFd fd;
    std::string input;
    bool waitsForEnd = false;
  };

  void turn();
  void readSignals();
  void reapQemu();
  void drainMonitor();
  void checkStarter(short events);
  void acceptCaller();
  void readCaller(Caller &caller);
  void serve(Caller &caller, std::string_view line);
  nlohmann::ordered_json status() const;
  void beginStop();
  void escalateStop();
  void finish();

  SupervisorSetup &setup_;
  pid_t qemuPid_;
  UniqueFd monitor_;
  UniqueFd signals_;
  UniqueFd manage_;
  std::list<Caller> callers_;
  Broker broker_;
  std::optional<int> qemuStatus_;
  Stop stop_ = Stop::No;
  Deadline stopUntil_{};
};

std::string describeExit(int status) {
  if (WIFEXITED(status))
    return fmt::format("QEMU ended with exit code {}", WEXITSTATUS(status));
  return fmt::format("QEMU was ended by signal {}", WTERMSIG(status));
}

std::string_view wordFor(int stop) {
  constexpr std::string_view words[] = {"by itself", "power-off", "quit", "kill"};
  return words[stop];
}

int Supervisor::run() {
  while (!qemuStatus_)
    turn();
  finish();
  return stop_ == Stop::No ? 1 : 0;
}

void Supervisor::turn() {
  std::vector<pollfd> fds{
      {signals_.get(), POLLIN, 0},
      {monitor_ ? monitor_.get() : -1, POLLIN, 0},
      {manage_.get(), POLLIN, 0},
      {setup_.starter ? setup_.starter.get() : -1, 0, 0},
  };
  const size_t firstCaller = fds.size();
  for (const Caller &caller : callers_)
    fds.push_back({caller.fd.get(), POLLIN, 0});
  const size_t firstOfBroker = fds.size();
  broker_.addDescriptors(fds);
  Deadline until = broker_.deadline();
  if (stop_ != Stop::No)
    until = std::min(until, stopUntil_);
  if (poll(fds.data(), fds.size(), client::pollTimeout(until)) < 0 && errno != EINTR)
    log("poll: " + client::errnoText(errno));

  broker_.handle(std::span(fds).subspan(firstOfBroker));
  size_t index = firstCaller;
  for (Caller &caller : callers_) {
    if (fds[index++].revents != 0)
      readCaller(caller);
  }
  std::erase_if(callers_, [](const Caller &caller) { return !caller.fd; });
  if (fds[1].revents != 0)
    drainMonitor();
  if (fds[2].revents != 0)
    acceptCaller();
  checkStarter(fds[3].revents);
  if (fds[0].revents != 0)
    readSignals();
  if (stop_ != Stop::No && Clock::now() >= stopUntil_)
    escalateStop();
}

void Supervisor::readSignals() {
  signalfd_siginfo info;
  while (read(signals_.get(), &info, sizeof(info)) == ssize_t{sizeof(info)}) {
    if (info.ssi_signo == SIGCHLD)
      reapQemu();
    else if (stop_ == Stop::No)
      beginStop();
  }
}

void Supervisor::reapQemu() {
  int status = 0;
  if (waitpid(qemuPid_, &status, WNOHANG) == qemuPid_) {
    qemuStatus_ = status;
    log(describeExit(status));
  }
}

void Supervisor::drainMonitor() {
  char bytes[4096];
  const ssize_t got = recv(monitor_.get(), bytes, sizeof(bytes), MSG_DONTWAIT);
  if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
    monitor_.reset();
  else if (got > 0)
    fmt::print(stderr, "{}", std::string_view(bytes, static_cast<size_t>(got)));
}

void Supervisor::checkStarter(short events) {
  if (!setup_.starter)
    return;
  if (broker_.ready()) {
    tell(setup_.starter, "ready\n");
    setup_.starter.reset();
  } else if ((events & (POLLHUP | POLLERR)) != 0) {
    log("the start was given up");
    setup_.starter.reset();
    stop_ = Stop::Quit;
    escalateStop();
  }
}

void Supervisor::acceptCaller() {
  UniqueFd fd(accept4(manage_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (fd && callers_.size() < 16)
    callers_.push_back({std::move(fd), {}, false});
}

void Supervisor::readCaller(Caller &caller) {
  char bytes[longestRequest];
  const ssize_t got = recv(caller.fd.get(), bytes, sizeof(bytes), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (got <= 0 || caller.input.size() + static_cast<size_t>(got) > longestRequest) {
    caller.fd.reset();
    return;
  }
  caller.input.append(bytes, static_cast<size_t>(got));
  const size_t end = caller.input.find('\n');
  if (end == std::string::npos)
    return;
  const std::string line = caller.input.substr(0, end);
  caller.input.erase(0, end + 1);
  serve(caller, line);
}

void Supervisor::serve(Caller &caller, std::string_view line) {
  const auto request = nlohmann::json::parse(line, nullptr, false);
  const std::string command = request.is_object() ? request.value("command", "") : "";
  if (command == "status") {
    tell(caller.fd, status().dump() + "\n");
  } else if (command == "stop") {
    caller.waitsForEnd = true;
    if (stop_ == Stop::No)
      beginStop();
  } else {
    tell(caller.fd, "{\"ok\":false,\"reason\":\"unknown command\"}\n");
  }
}

nlohmann::ordered_json Supervisor::status() const {
  nlohmann::ordered_json json = toJson(setup_.state);
  json["ready"] = broker_.ready();
  json["stopping"] = stop_ != Stop::No;
  return json;
}

void Supervisor::beginStop() {
  log("stop: power-off");
  stop_ = Stop::PowerDown;
  stopUntil_ = Clock::now() + std::chrono::seconds{10};
  tell(monitor_, "{\"execute\":\"system_powerdown\"}\n");
}

void Supervisor::escalateStop() {
  if (stop_ == Stop::PowerDown) {
    log("stop: quit");
    stop_ = Stop::Quit;
    stopUntil_ = Clock::now() + std::chrono::seconds{3};
    tell(monitor_, "{\"execute\":\"quit\"}\n");
    return;
  }
  log("stop: kill");
  stop_ = Stop::Kill;
  stopUntil_ = Clock::now() + std::chrono::seconds{3};
  kill(qemuPid_, SIGKILL);
}

/// QEMU is gone: tells all who wait, and leaves nothing that looks like a running VM.
void Supervisor::finish() {
  broker_.hangUp();
  const Deadline until = Clock::now() + std::chrono::seconds{1};
  while (broker_.hasAnswersToDeliver() && Clock::now() < until) {
    std::vector<pollfd> fds;
    broker_.addDescriptors(fds);
    poll(fds.data(), fds.size(), client::pollTimeout(until));
    broker_.handle(fds);
  }
  tell(setup_.starter, "failed " + describeExit(*qemuStatus_) + "\n");
  std::error_code ignored; // the next start removes what is left
  for (const std::string &path :
       {setup_.paths.control(), setup_.paths.manage(), setup_.paths.state()})
    std::filesystem::remove(path, ignored);
  const nlohmann::ordered_json outcome{{"ok", true}, {"how", wordFor(static_cast<int>(stop_))}};
  for (Caller &caller : callers_) {
    if (caller.waitsForEnd)
      tell(caller.fd, outcome.dump() + "\n");
  }
}

int fail(SupervisorSetup &setup, const client::ClientError &error) {
  log(error.reason);
  tell(setup.starter, "failed " + error.reason + "\n");
  return 1;
}

} // namespace

int runSupervisor(SupervisorSetup setup) {
  umask(077);
  auto signals = watchSignals();
  auto control = listenAt(setup.paths.control());
  auto manage = listenAt(setup.paths.manage());
  for (const auto *result : {&signals, &control, &manage}) {
    if (!*result)
      return fail(setup, result->error());
  }
  auto qemu = startQemu(setup.qemu, setup.paths);
  if (!qemu)
    return fail(setup, qemu.error());
  setup.state.brokerPid = getpid();
  setup.state.qemuPid = qemu->pid;
  if (auto written = writeState(setup.paths, setup.state); !written)
    return fail(setup, written.error());
  return Supervisor(setup, std::move(*qemu), std::move(*signals), std::move(*control),
                    std::move(*manage))
      .run();
}

} // namespace suture::vm

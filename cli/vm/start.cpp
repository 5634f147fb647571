// SPDX-License-Identifier: Apache-2.0
#include "cli/vm/start.h"

#include "cli/client/names.h"
#include "cli/client/stream.h"
#include "cli/vm/supervisor.h"

#include <array>
#include <cerrno>
#include <ctime>
#include <deque>
#include <fcntl.h>
#include <filesystem>
#include <fmt/chrono.h>
#include <fstream>
#include <sys/socket.h>
#include <unistd.h>

namespace suture::vm {

using client::Clock;
using client::ErrorKind;
using client::Expected;
using client::failure;
using client::systemError;
using client::UniqueFd;

namespace {

/// Cuts the process off from the terminal and from all that it inherited, but for its log, the lock
/// and the starter.
void becomeDaemon(const InstancePaths &paths, SupervisorSetup &setup) {
  setsid();
  const int null = open("/dev/null", O_RDWR);
  const int log = open(paths.brokerLog().c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dup2(null, STDIN_FILENO);
  dup2(log >= 0 ? log : null, STDOUT_FILENO);
  dup2(log >= 0 ? log : null, STDERR_FILENO);
  const int low = std::min(setup.lock.get(), setup.starter.get());
  const int high = std::max(setup.lock.get(), setup.starter.get());
  if (low > 3)
    close_range(3, static_cast<unsigned>(low - 1), 0);
  if (high > low + 1)
    close_range(static_cast<unsigned>(low + 1), static_cast<unsigned>(high - 1), 0);
  close_range(static_cast<unsigned>(high + 1), ~0u, 0);
  // The folder that the caller stood in may be unmounted one day. Staying in it does no harm.
  [[maybe_unused]] const int moved = chdir("/");
}

/// The line that the supervisor sends once the VM is ready or has failed.
Expected<std::string> awaitVerdict(const UniqueFd &fd, std::chrono::milliseconds bound,
                                   client::Interrupt &interrupt) {
  const client::Deadline deadline = Clock::now() + bound;
  std::string line;
  while (true) {
    std::array<pollfd, 2> fds{pollfd{fd.get(), POLLIN, 0}, pollfd{interrupt.fd(), POLLIN, 0}};
    poll(fds.data(), fds.size(), client::pollTimeout(deadline));
    if (interrupt.count() != 0)
      return failure(ErrorKind::Interrupted, EINTR, "interrupted; the VM is ended");
    char bytes[1024];
    const ssize_t got = recv(fd.get(), bytes, sizeof(bytes), MSG_DONTWAIT);
    if (got == 0)
      return "failed the VM's process ended early";
    if (got > 0)
      line.append(bytes, static_cast<size_t>(got));
    if (const size_t end = line.find('\n'); end != std::string::npos)
      return line.substr(0, end);
    if (Clock::now() >= deadline)
      return failure(ErrorKind::TryAgain, ETIMEDOUT,
                     fmt::format("the hypervisor did not answer within {} s; the VM is ended",
                                 std::chrono::duration_cast<std::chrono::seconds>(bound).count()));
  }
}

std::string withLogs(std::string reason, const InstancePaths &paths) {
  for (const auto &[title, path] : {std::pair{"serial log", paths.serialLog()},
                                    std::pair{"log of QEMU and broker", paths.brokerLog()}}) {
    const std::string lines = lastLines(path, 15);
    if (!lines.empty())
      reason += fmt::format("\n--- last lines of the {} ({}):\n{}", title, path, lines);
  }
  return reason;
}

} // namespace

std::string lastLines(const std::string &path, size_t count) {
  std::ifstream file(path);
  std::deque<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    // Xen ends its lines with one CR, and a dom0's console adds another.
    while (!line.empty() && line.back() == '\r')
      line.pop_back();
    lines.push_back(client::escaped(line));
    if (lines.size() > count)
      lines.pop_front();
  }
  return fmt::format("{}", fmt::join(lines, "\n"));
}

DefaultImages findDefaultImages() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error)
    return {};
  const auto folder = self.parent_path().parent_path() / "hypervisor";
  for (const auto &[image, guests] :
       {std::pair{"suture-hv-demo", "demo-guests.cpio"}, std::pair{"suture-hv", "guests.cpio"}}) {
    const auto archive = folder / "guests" / guests;
    if (std::filesystem::exists(folder / image, error))
      return {(folder / image).string(),
              std::filesystem::exists(archive, error) ? archive.string() : ""};
  }
  return {};
}

Expected<InstanceState> startVm(const StartOptions &options, client::Interrupt &interrupt) {
  auto paths = instancePaths(options.name);
  if (!paths)
    return std::unexpected(paths.error());
  SUTURE_CLIENT_TRY(createFolder(*paths));
  auto lock = lockInstance(*paths);
  if (!lock && lock.error().kind == ErrorKind::TryAgain)
    return failure(ErrorKind::Refused, EEXIST,
                   fmt::format("the VM '{}' is running already; `suture vm stop` ends it, --name "
                               "starts another",
                               options.name));
  if (!lock)
    return std::unexpected(lock.error());
  removeLeftovers(*paths);
  QemuOptions qemu = options.qemu;
  if (options.prepare) {
    auto prepared = options.prepare(*paths);
    if (!prepared)
      return std::unexpected(std::move(prepared).error());
    qemu = std::move(*prepared);
    qemu.icountShift = options.qemu.icountShift;
  }

  std::array<int, 2> pair;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0)
    return std::unexpected(systemError("cannot make a socket pair", errno));
  UniqueFd ours(pair[0]);
  InstanceState state;
  state.name = options.name;
  state.kind = options.kind;
  state.image = qemu.image;
  state.guests = qemu.guests;
  state.cpus = qemu.cpus;
  state.memory = qemu.memory;
  state.timeoutNs = options.timeoutNs;
  state.startedAt = fmt::format("{:%FT%TZ}", fmt::gmtime(std::time(nullptr)));
  SupervisorSetup setup{*paths, state, qemu, UniqueFd(pair[1]), std::move(*lock)};
  fflush(nullptr);
  const pid_t pid = fork();
  if (pid < 0)
    return std::unexpected(systemError("cannot start a process", errno));
  if (pid == 0) {
    becomeDaemon(*paths, setup);
    _exit(runSupervisor(std::move(setup)));
  }
  setup.starter.reset();
  setup.lock.reset();

  auto verdict = awaitVerdict(ours, options.startBound, interrupt);
  ours.reset(); // without a verdict, this ends the VM
  if (!verdict) {
    verdict.error().reason = withLogs(std::move(verdict.error().reason), *paths);
    return std::unexpected(std::move(verdict).error());
  }
  if (*verdict != "ready")
    return failure(ErrorKind::Failed, 0, withLogs(verdict->substr(verdict->find(' ') + 1), *paths));
  return readState(*paths);
}

} // namespace suture::vm

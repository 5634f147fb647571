// SPDX-License-Identifier: Apache-2.0
#include "cli/vm/qemu.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace suture::vm {

using client::Expected;
using client::systemError;
using client::UniqueFd;

namespace {

/// A comma separates QEMU's suboptions; a double one is a comma.
std::string quoted(std::string_view text) {
  std::string result;
  for (const char character : text)
    result.append(character == ',' ? 2 : 1, character);
  return result;
}

struct SocketPair {
  UniqueFd ours;
  UniqueFd theirs;
};

Expected<SocketPair> makePair() {
  std::array<int, 2> fds;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0)
    return std::unexpected(systemError("cannot make a socket pair", errno));
  return SocketPair{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

/// The child's side of startQemu(): only calls that are safe after fork().
[[noreturn]] void becomeQemu(const std::vector<char *> &arguments, int control, int monitor,
                             int errorPipe, pid_t parent) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Above the numbers that they get, so that neither overwrites the other.
  const int controlCopy = fcntl(control, F_DUPFD_CLOEXEC, 10);
  const int monitorCopy = fcntl(monitor, F_DUPFD_CLOEXEC, 10);
  const int errorCopy = fcntl(errorPipe, F_DUPFD_CLOEXEC, 10);
  if (getppid() == parent && dup2(controlCopy, qemuControlFd) >= 0 &&
      dup2(monitorCopy, qemuMonitorFd) >= 0)
    execvp(arguments[0], arguments.data());
  const int error = errno;
  // Nobody is left to tell if this fails.
  [[maybe_unused]] const ssize_t written = write(errorCopy, &error, sizeof(error));
  _exit(127);
}

} // namespace

std::vector<std::string> qemuArguments(const QemuOptions &options, const InstancePaths &paths) {
  std::vector<std::string> arguments{
      "qemu-system-x86_64",
      "-accel",
      "tcg",
      "-M",
      "q35",
      "-cpu",
      options.cpuModel,
      "-smp",
      std::to_string(options.cpus),
      "-m",
      std::to_string(options.memory),
      "-nodefaults",
      "-no-user-config",
      "-display",
      "none",
      "-no-reboot",
      "-kernel",
      options.image,
      "-serial",
      "file:" + quoted(paths.serialLog()),
      "-chardev",
      fmt::format("socket,id=monitor,fd={}", qemuMonitorFd),
      "-mon",
      "chardev=monitor,mode=control",
      "-device",
      "virtio-serial-pci,id=vser,disable-legacy=on,max_ports=31",
      "-chardev",
      fmt::format("socket,id=control,fd={}", qemuControlFd),
      "-device",
      "virtserialport,bus=vser.0,chardev=control,name=suture.control"};
  const auto add = [&](std::initializer_list<std::string> more) {
    arguments.insert(arguments.end(), more);
  };
  if (options.icountShift)
    add({"-icount", fmt::format("shift={},sleep=off", *options.icountShift)});
  if (!options.archive.empty())
    add({"-initrd", options.archive});
  if (!options.commandLine.empty())
    add({"-append", options.commandLine});
  for (size_t index = 0; index < options.guests.size(); ++index) {
    const std::string &guest = options.guests[index];
    add({"-chardev", fmt::format("file,id=guest{},path={}", index, quoted(paths.consoleLog(guest))),
         "-device",
         fmt::format("virtserialport,bus=vser.0,chardev=guest{},name=suture.console.{}", index,
                     guest)});
  }
  return arguments;
}

Expected<Qemu> startQemu(const QemuOptions &options, const InstancePaths &paths) {
  auto control = makePair();
  auto monitor = makePair();
  auto failed = makePair();
  if (!control || !monitor || !failed)
    return std::unexpected(!control   ? control.error()
                           : !monitor ? monitor.error()
                                      : failed.error());
  std::vector<std::string> arguments = qemuArguments(options, paths);
  std::vector<char *> pointers;
  for (std::string &argument : arguments)
    pointers.push_back(argument.data());
  pointers.push_back(nullptr);

  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0)
    return std::unexpected(systemError("cannot start a process", errno));
  if (pid == 0)
    becomeQemu(pointers, control->theirs.get(), monitor->theirs.get(), failed->theirs.get(),
               parent);
  failed->theirs.reset();
  int error = 0;
  // The pipe closes by itself when exec works.
  if (read(failed->ours.get(), &error, sizeof(error)) == ssize_t{sizeof(error)}) {
    const std::string advice = error == ENOENT ? " (Debian's package qemu-system-x86 has it)" : "";
    return std::unexpected(systemError("cannot run qemu-system-x86_64" + advice, error));
  }
  return Qemu{pid, std::move(control->ours), std::move(monitor->ours)};
}

} // namespace suture::vm

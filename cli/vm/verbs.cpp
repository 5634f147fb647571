// SPDX-License-Identifier: Apache-2.0
#include "cli/vm/verbs.h"

#include "cli/client/names.h"
#include "cli/client/stream.h"
#include "cli/output/duration.h"
#include "cli/vm/archive.h"
#include "cli/vm/manage.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace suture::vm {

using client::Clock;
using client::ErrorKind;
using client::Expected;
using client::failure;
using output::formatDuration;

namespace {

std::string describe(const InstanceState &state) {
  return fmt::format("{}: {} on {} CPUs, guests: {}", state.name, state.kind, state.cpus,
                     state.guests.empty() ? "none"
                                          : fmt::format("{}", fmt::join(state.guests, ", ")));
}

/// A path that stays right when the daemon leaves this folder.
Expected<std::string> absoluteFile(const std::string &path) {
  std::error_code error;
  const auto absolute = std::filesystem::canonical(path, error);
  if (error || !std::filesystem::is_regular_file(absolute, error))
    return failure(ErrorKind::Failed, ENOENT, "no such file: " + client::escaped(path));
  return absolute.string();
}

Expected<void> completeImages(StartOptions &options) {
  const DefaultImages defaults = findDefaultImages();
  if (options.qemu.image.empty()) {
    if (defaults.image.empty())
      return failure(ErrorKind::Usage, ENOENT,
                     "no suture-hv was built beside this program: name one with --image");
    options.qemu.image = defaults.image;
    if (options.qemu.archive.empty())
      options.qemu.archive = defaults.guests;
  }
  auto image = absoluteFile(options.qemu.image);
  if (!image)
    return std::unexpected(image.error());
  options.qemu.image = *image;
  if (options.qemu.archive.empty())
    return {};
  auto archive = absoluteFile(options.qemu.archive);
  if (!archive)
    return std::unexpected(archive.error());
  options.qemu.archive = *archive;
  auto names = guestNames(*archive);
  if (!names)
    return std::unexpected(names.error());
  // 31 ports, the first of them for control.
  if (names->size() > 29)
    return failure(ErrorKind::Refused, E2BIG, "more than 29 guests have no console each");
  options.qemu.guests = *names;
  return {};
}

/// What a guest wrote, fit for where it goes: nothing that steers a terminal, all as it is
/// elsewhere.
std::string fitForOutput(std::string_view text) {
  if (isatty(STDOUT_FILENO) == 0)
    return std::string(text);
  std::string result;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte >= 0x20 || character == '\n' || character == '\t')
      result += byte == 0x7f ? '?' : character;
    else if (character != '\r')
      result += '?';
  }
  return result;
}

Expected<std::string> consolePath(const InstancePaths &paths, const ConsoleOptions &options) {
  if (options.guest == "hv")
    return paths.serialLog();
  auto state = readState(paths);
  if (!state)
    return std::unexpected(notRunning(options.instance));
  const std::vector<std::string> &guests = state->guests;
  if (options.guest.empty() && guests.size() == 1)
    return paths.consoleLog(guests.front());
  if (std::ranges::find(guests, options.guest) != guests.end())
    return paths.consoleLog(options.guest);
  return failure(ErrorKind::Usage, ENOENT,
                 fmt::format("{}; there are: hv, {}",
                             options.guest.empty()
                                 ? "name a console"
                                 : "no guest '" + client::escaped(options.guest) + "'",
                             fmt::join(guests, ", ")));
}

/// Waits until the VM's lock is free: its process is gone.
bool waitForEnd(const InstancePaths &paths, std::chrono::milliseconds bound) {
  const client::Deadline deadline = Clock::now() + bound;
  while (isRunning(paths)) {
    if (Clock::now() >= deadline)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  return true;
}

} // namespace

Expected<void> runStart(output::Report &report, StartOptions options) {
  if (!options.prepare)
    SUTURE_CLIENT_TRY(completeImages(options));
  auto interrupt = client::Interrupt::open();
  if (!interrupt)
    return std::unexpected(interrupt.error());
  report.note(fmt::format("starting {} under QEMU (software emulation)",
                          options.prepare ? options.kind : client::escaped(options.qemu.image)));
  const auto before = Clock::now();
  auto state = startVm(options, *interrupt);
  if (!state)
    return std::unexpected(state.error());
  report.note(fmt::format("rendezvous time-out for this VM: {} unless --timeout says otherwise; "
                          "under emulation, the usual 30 ms can be missed for reasons of the host",
                          formatDuration(std::chrono::nanoseconds(state->timeoutNs))));
  report.document().update(toJson(*state));
  report.document()["startMs"] =
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - before).count();
  report.print(
      fmt::format("{}; ready after {}\n", describe(*state), formatDuration(Clock::now() - before)));
  return {};
}

Expected<void> runStatus(output::Report &report, const std::string &instance) {
  auto paths = instancePaths(instance);
  if (!paths)
    return std::unexpected(paths.error());
  auto names = runningInstances();
  if (!names)
    return std::unexpected(names.error());
  report.document()["running"] = *names;
  if (!isRunning(*paths))
    return std::unexpected(notRunning(instance));
  auto answer = askManager(*paths, "status", std::chrono::seconds{5});
  if (!answer)
    return std::unexpected(answer.error());
  report.document().update(*answer);
  auto state = readState(*paths);
  if (!state)
    return std::unexpected(state.error());
  report.print(
      fmt::format("{}\nimage      {}\nmemory     {} MiB\ntime-out   {}\nQEMU       process "
                  "{}\nstarted    {}\nfiles      {}\n",
                  describe(*state), state->image, state->memory,
                  formatDuration(std::chrono::nanoseconds(state->timeoutNs)), state->qemuPid,
                  state->startedAt, paths->folder));
  return {};
}

Expected<void> runConsole(output::Report &report, const ConsoleOptions &options) {
  auto paths = instancePaths(options.instance);
  if (!paths)
    return std::unexpected(paths.error());
  auto path = consolePath(*paths, options);
  if (!path)
    return std::unexpected(path.error());
  std::ifstream file(*path, std::ios::binary);
  if (!file)
    return std::unexpected(isRunning(*paths) ? client::systemError("cannot read " + *path, errno)
                                             : notRunning(options.instance));
  std::string all;
  const auto printNew = [&] {
    std::array<char, 64 * 1024> bytes;
    while (file.read(bytes.data(), bytes.size()), file.gcount() > 0) {
      const std::string_view text(bytes.data(), static_cast<size_t>(file.gcount()));
      if (report.options().json)
        all += text;
      else
        report.print(fitForOutput(text));
    }
    file.clear();
  };
  printNew();
  // Ends with the VM; Ctrl-C ends it as it ends any reader.
  while (options.follow && isRunning(*paths)) {
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
    printNew();
  }
  report.document()["console"] = options.guest.empty() ? "guest" : options.guest;
  report.document()["text"] = all;
  return {};
}

Expected<void> runStop(output::Report &report, const std::string &instance) {
  auto paths = instancePaths(instance);
  if (!paths)
    return std::unexpected(paths.error());
  if (!isRunning(*paths))
    return std::unexpected(notRunning(instance));
  std::string how = "kill";
  auto answer = askManager(*paths, "stop", std::chrono::seconds{25});
  if (answer) {
    how = answer->value("how", how);
  } else if (auto state = readState(*paths); state && state->brokerPid > 0) {
    // The process that keeps the VM does not answer. QEMU ends with it.
    report.note(answer.error().reason + "; ending it");
    kill(state->brokerPid, SIGKILL);
  }
  if (!waitForEnd(*paths, std::chrono::seconds{5}))
    return failure(ErrorKind::Failed, EBUSY,
                   "the VM's process does not end; its files are in " + paths->folder);
  if (auto lock = lockInstance(*paths))
    removeLeftovers(*paths);
  report.document()["name"] = instance;
  report.document()["how"] = how;
  report.print(fmt::format("{}: stopped ({})\n", instance, how));
  return {};
}

} // namespace suture::vm

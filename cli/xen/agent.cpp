// SPDX-License-Identifier: Apache-2.0
#include "cli/xen/agent.h"

#include "cli/client/unique_fd.h"
#include "cli/xen/frame_server.h"
#include "cli/xen/xen_target.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <linux/input.h>
#include <poll.h>
#include <thread>
#include <unistd.h>

namespace suture::xen {

using client::Expected;
using client::systemError;
using client::UniqueFd;

namespace {

/// Sends all, however often the port has no room.
bool sendAll(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = write(fd, bytes.data(), bytes.size());
    if (sent > 0)
      bytes = bytes.subspan(static_cast<size_t>(sent));
    else if (errno != EINTR && errno != EAGAIN)
      return false;
  }
  return true;
}

/// Input devices; one of them is the ACPI power button.
std::vector<UniqueFd> openButtons() {
  std::vector<UniqueFd> buttons;
  std::error_code none;
  for (const auto &entry : std::filesystem::directory_iterator("/dev/input", none)) {
    UniqueFd fd(open(entry.path().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (fd && entry.path().filename().string().starts_with("event"))
      buttons.push_back(std::move(fd));
  }
  return buttons;
}

bool isPowerPressed(const UniqueFd &button) {
  input_event event;
  bool pressed = false;
  while (read(button.get(), &event, sizeof(event)) == ssize_t{sizeof(event)})
    pressed |= event.type == EV_KEY && event.code == KEY_POWER && event.value != 0;
  return pressed;
}

FrameCall callOrReason() {
  auto xen = openXen();
  if (xen)
    return [call = *xen](format::LivepatchOp &op, std::span<const CallerSegment> segments) {
      return call->run(op, segments);
    };
  return [error = xen.error()](format::LivepatchOp &, std::span<const CallerSegment>) {
    return Expected<client::Outcome>(std::unexpected(error));
  };
}

} // namespace

Expected<std::string> findPort(const std::string &name) {
  const std::filesystem::path ports = "/sys/class/virtio-ports";
  for (int tries = 0; tries < 200; ++tries) {
    std::error_code none;
    for (const auto &entry : std::filesystem::directory_iterator(ports, none)) {
      std::ifstream file(entry.path() / "name");
      std::string line;
      if (std::getline(file, line) && line == name)
        return "/dev/" + entry.path().filename().string();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  return client::failure(client::ErrorKind::Failed, ENODEV, "no virtio port named " + name);
}

Expected<void> runAgent(const std::string &device) {
  const UniqueFd port(open(device.c_str(), O_RDWR | O_CLOEXEC));
  if (!port)
    return std::unexpected(systemError("cannot open " + device, errno));
  const std::vector<UniqueFd> buttons = openButtons();
  bool sound = true;
  FrameServer server(callOrReason(), [&](std::span<const std::byte> frame) {
    sound = sendAll(port.get(), frame) && sound;
  });
  std::vector<std::byte> bytes(64 * 1024);
  while (sound) {
    std::vector<pollfd> fds{{port.get(), POLLIN, 0}};
    for (const UniqueFd &button : buttons)
      fds.push_back({button.get(), POLLIN, 0});
    if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR)
      return std::unexpected(systemError("cannot wait for requests", errno));
    for (const UniqueFd &button : buttons) {
      if (isPowerPressed(button))
        return {};
    }
    if ((fds[0].revents & POLLIN) != 0) {
      const ssize_t got = read(port.get(), bytes.data(), bytes.size());
      if (got > 0)
        server.receive(std::span(bytes).first(static_cast<size_t>(got)));
    } else if (fds[0].revents != 0) {
      // The host's end is not there; it may come back.
      std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
  }
  return client::failure(client::ErrorKind::Failed, EIO, "cannot write to " + device);
}

} // namespace suture::xen

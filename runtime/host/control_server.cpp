// SPDX-License-Identifier: Apache-2.0
// The real runtime in a host process, behind the control frames on a Unix socket: for clients to be
// tested against without a hypervisor. What it patches are the functions of demo_functions.h.
//
//   control_server --socket PATH [--cpus N]
//
// Prints one line of JSON when it is ready: the socket, the build-id that payloads have to name,
// and the functions. Ends on SIGTERM or SIGINT.

#include "runtime/host/control_socket.h"
#include "runtime/host/demo_functions.h"
#include "runtime/host/own_image.h"

#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace suture::host {
namespace {

std::atomic<bool> stopRequested{false};

void onSignal(int) { stopRequested = true; }

/// 20 bytes that never change, so that tests can keep payload files.
std::vector<uint8_t> serverBuildId() {
  constexpr std::string_view text = "suture host platform";
  return {text.begin(), text.end()};
}

struct Options {
  std::string socket;
  unsigned cpus = 3;
};

bool parse(int count, char **arguments, Options &options) {
  for (int index = 1; index + 1 < count; index += 2) {
    const std::string_view key = arguments[index], value = arguments[index + 1];
    if (key == "--socket")
      options.socket = value;
    else if (key == "--cpus")
      std::from_chars(value.data(), value.data() + value.size(), options.cpus);
    else
      return false;
  }
  return !options.socket.empty() && count % 2 == 1;
}

/// A CPU with nothing to do: it calls the functions that may be patched, as a busy machine would.
void runCpu(HostPlatform &platform) {
  while (!stopRequested) {
    (void)demo_answer();
    (void)demo_add(1, 2);
    platform.safePoint();
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
}

void announce(const Options &options, const HostPlatform &platform) {
  std::printf("{\"socket\": \"%s\", \"buildId\": \"%s\", \"functions\": [\"demo_answer\", "
              "\"demo_add\", \"demo_refuse\", \"demo_branch_target\"]}\n",
              options.socket.c_str(), std::string(hexText(platform.buildId()).view()).c_str());
  std::fflush(stdout);
}

int run(const Options &options) {
  HostPlatform platform{makeOwnImage(SUTURE_PATCHABLE_TEXT, serverBuildId())};
  if (!platform.isUsable()) {
    std::fprintf(stderr, "control_server: no memory near the program's text\n");
    return 1;
  }
  platform.setLog([](std::string_view line) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  });
  LivepatchCore<HostPlatform> core{platform};
  ControlSocket server{core};
  if (const std::string problem = server.listen(options.socket); !problem.empty()) {
    std::fprintf(stderr, "control_server: %s\n", problem.c_str());
    return 1;
  }
  std::signal(SIGTERM, onSignal);
  std::signal(SIGINT, onSignal);
  std::vector<std::thread> cpus;
  for (unsigned index = 0; index < options.cpus; ++index) {
    platform.joinCpus();
    cpus.emplace_back([&platform] { runCpu(platform); });
  }
  announce(options, platform);
  server.serve(stopRequested);
  for (std::thread &cpu : cpus)
    cpu.join();
  return 0;
}

} // namespace
} // namespace suture::host

int main(int count, char **arguments) {
  suture::host::Options options;
  if (!suture::host::parse(count, arguments, options)) {
    std::fprintf(stderr, "usage: control_server --socket PATH [--cpus N]\n");
    return 2;
  }
  return suture::host::run(options);
}

// SPDX-License-Identifier: Apache-2.0
// suture-build: the part of `suture` that needs LLVM. `suture build`, `inspect` and `verify` run
// it.

#include "payload-builder/support/temp_dir.h"
#include "payload-builder/tool/build_command.h"
#include "payload-builder/tool/inspect_command.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <pthread.h>
#include <thread>
#include <unistd.h>

namespace {

using suture::builder::ExitCode;

/// Waits for a signal that ends the process, for which temporary folders are removed first. The
/// compilers that run get the terminal's signal themselves.
void handleInterrupts() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    ::sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread([signals] {
    int signal = 0;
    ::sigwait(&signals, &signal);
    suture::builder::removeTempDirsAtInterrupt();
    ::_exit(128 + signal);
  }).detach();
}

} // namespace

int main(int argc, char **argv) {
  handleInterrupts();
  CLI::App app("Builds, shows and checks livepatch payloads", "suture");
  app.require_subcommand(1);
  ExitCode result = ExitCode::Done;
  suture::builder::addBuildCommand(app, result);
  suture::builder::addInspectCommands(app, result);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    return app.exit(error) == 0 ? static_cast<int>(ExitCode::Done)
                                : static_cast<int>(ExitCode::Usage);
  }
  return static_cast<int>(result);
}

// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.h"
#include "cli/verbs/companion.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <span>
#include <string_view>
#include <unistd.h>

namespace suture {
namespace {

bool mayColour() {
  const char *noColour = std::getenv("NO_COLOR");
  return (noColour == nullptr || *noColour == '\0') && isatty(STDERR_FILENO) == 1;
}

int exitWith(output::ExitCode code) { return static_cast<int>(code); }

/// Says what is wrong with the command line, as JSON too where that was asked for.
int reportUsage(CLI::App &app, const CLI::ParseError &error, std::span<char *> arguments) {
  if (error.get_exit_code() == 0)
    return app.exit(error); // --help
  const bool json = std::ranges::any_of(
      arguments, [](const char *argument) { return std::string_view(argument) == "--json"; });
  output::Report report(arguments.size() > 1 ? arguments[1] : "",
                        {.json = json, .colour = mayColour()});
  report.fail({client::ErrorKind::Usage, 0, std::string(error.what()) + " (--help tells more)"});
  // A usage error stands even where stdout cannot be written.
  (void)report.finish();
  return exitWith(output::ExitCode::Usage);
}

int runCommand(Command &command) {
  command.output.colour = mayColour();
  output::Report report(command.verb, command.output);
  auto result = command.run(report);
  if (!result)
    report.fail(result.error());
  auto written = report.finish();
  if (!result && result.error().kind == client::ErrorKind::Interrupted) {
    // The shell is to see what ended this process.
    signal(SIGINT, SIG_DFL);
    raise(SIGINT);
  }
  if (!result)
    return exitWith(output::exitCodeOf(result.error().kind));
  if (!written) {
    report.fail(written.error());
    return exitWith(output::ExitCode::Failed);
  }
  return exitWith(output::ExitCode::Done);
}

int runMain(std::span<char *> arguments) {
  const verbs::Companion *companion =
      arguments.size() > 1 ? verbs::companionFor(arguments[1]) : nullptr;
  if (companion != nullptr) {
    output::Report report(arguments[1], {.colour = mayColour()});
    const client::ClientError error = verbs::execCompanion(*companion, arguments.subspan(1));
    report.fail(error);
    return exitWith(output::exitCodeOf(error.kind));
  }
  CLI::App app;
  app.name("suture");
  Command command;
  describeVerbs(app, command);
  try {
    app.parse(static_cast<int>(arguments.size()), arguments.data());
  } catch (const CLI::ParseError &error) {
    return reportUsage(app, error, arguments);
  }
  return runCommand(command);
}

} // namespace
} // namespace suture

int main(int argc, char **argv) {
  return suture::runMain(std::span(argv, static_cast<size_t>(argc)));
}

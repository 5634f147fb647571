// SPDX-License-Identifier: Apache-2.0
#pragma once
// The verbs, their options and their help, as CLI11 sees them.

#include "cli/output/report.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>

namespace suture {

/// What the command line asks for.
struct Command {
  std::string verb;
  output::Report::Options output;
  /// The text of --target; empty for the default.
  std::string target;
  /// Does it.
  std::function<client::Expected<void>(output::Report &)> run;
};

/// Describes all verbs to `app`; after a successful parse, `command` holds the one that was given.
/// Both live as long as `app` is used.
void describeVerbs(CLI::App &app, Command &command);

/// Adds --json, --quiet and --color to a verb.
void addOutputOptions(CLI::App &verb, Command &command);

} // namespace suture

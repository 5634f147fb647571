// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a verb's results go: text lines on stdout, or one JSON document; notes always to stderr.

#include "cli/client/client_error.h"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace suture::output {

using Json = nlohmann::ordered_json;

/// Exit codes of `suture`; scripts rely on them.
enum class ExitCode : int { Done = 0, Failed = 1, Usage = 2, Refused = 3, TryAgain = 4 };

/// The one table from kinds of errors to exit codes.
ExitCode exitCodeOf(client::ErrorKind kind);

/// "refused", "try-again" and so on: the word for a kind in JSON.
std::string_view wordFor(client::ErrorKind kind);

/// Collects what a verb has to say.
class Report final {
public:
  struct Options {
    bool json = false;
    /// Whether stdout and stderr may carry terminal colours.
    bool colour = false;
    bool quiet = false;
  };

  Report(std::string verb, Options options);

  const Options &options() const { return options_; }
  /// The document that --json prints; verbs add their fields to it.
  Json &document() { return document_; }

  /// Text for stdout, written at once; nothing with --json.
  void print(std::string_view text);
  /// A line for stderr; nothing with --quiet.
  void note(std::string_view line);
  /// Adds the error to the document and says it on stderr.
  void fail(const client::ClientError &error);
  /// Prints the document, with --json. Errors: Failed (stdout cannot be written).
  client::Expected<void> finish();

private:
  Options options_;
  Json document_;
};

/// Text from outside as JSON may carry it: as it is where it is printable UTF-8, else escaped.
std::string jsonText(std::string_view text);

} // namespace suture::output

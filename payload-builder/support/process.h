// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <llvm/Support/Error.h>
#include <string>
#include <vector>

namespace suture::builder {

/// A program to run: no shell, no search beyond PATH.
struct ProcessRequest {
  /// arguments[0] is the program; looked for in PATH when it has no slash.
  std::vector<std::string> arguments;
  /// Folder to run it in; "": the current one.
  std::string directory;
  /// `NAME=value` added to the environment, in the place of what it has of that name.
  std::vector<std::string> environment;
  /// It is killed, and the run fails, when it takes longer; seconds.
  unsigned timeoutSeconds = 300;
  /// Bytes of standard output and of standard error that are kept; the rest is read and dropped.
  size_t outputLimit = 1 << 20;
};

struct ProcessResult {
  /// The exit status; 128 + the signal's number where one ended it.
  int status = 0;
  std::string output;
  std::string errors;
};

/// Runs a program to its end with standard input empty. A status that is not 0 is no error here.
/// Errors: it cannot be started (no such program), or it took longer than allowed. Thread-safe.
llvm::Expected<ProcessResult> runProcess(const ProcessRequest &request);

} // namespace suture::builder

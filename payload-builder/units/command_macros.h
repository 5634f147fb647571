// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/support/unit.h"

#include <string>
#include <string_view>
#include <vector>

namespace suture::builder {

/// The macros that a command defines: `NAME`, `NAME=BODY` or `NAME(PARAMETERS)=BODY`. Parts of the
/// command's arguments.
inline std::vector<std::string_view> macrosOf(const CompileCommand &command) {
  std::vector<std::string_view> macros;
  bool isMacro = false;
  for (const std::string_view argument : command.arguments) {
    if (isMacro)
      macros.push_back(argument);
    else if (argument.starts_with("-D") && argument != "-D")
      macros.push_back(argument.substr(2));
    isMacro = !isMacro && argument == "-D";
  }
  return macros;
}

} // namespace suture::builder

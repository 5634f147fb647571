// SPDX-License-Identifier: Apache-2.0
#pragma once
// What make and kbuild leave behind beside what they made.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace suture::builder {

/// A `.NAME.cmd` file of kbuild, beside the file NAME that a command made.
struct CmdFile {
  /// Absolute path of the folder that the command ran in.
  std::string directory;
  /// What it made, from there.
  std::string target;
  /// Shell text.
  std::string command;
  /// All that was read, from that folder or absolute, the source first. nullopt: it does not say.
  std::optional<std::vector<std::string>> inputs;
};

/// Parses such a file. \param path  absolute. nullopt: it records no command.
std::optional<CmdFile> parseCmdFile(const std::string &path, std::string_view text);

/// The prerequisites of a dependency file, in make's syntax, without the targets.
std::vector<std::string> parseDependencyFile(std::string_view text);

} // namespace suture::builder

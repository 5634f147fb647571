// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/client/client_error.h"

#include <string>
#include <string_view>

namespace suture::client {

/// Checks a payload's name: 1 to 127 bytes without control characters.
/// Errors: Usage.
Expected<void> checkName(std::string_view name);

/// Whether `text` is valid UTF-8 without control characters (C0, DEL, C1).
bool isPrintable(std::string_view text);

/// `text` for a terminal or a log: bytes that could steer one, and bytes that are not UTF-8, become
/// `\xNN`; a backslash is doubled where anything had to be escaped.
std::string escaped(std::string_view text);

/// Columns that UTF-8 text takes on a terminal, counting one for each code point.
size_t displayWidth(std::string_view text);

/// The name that `suture load FILE` gives a payload: the file's name without folders and without
/// its last extension.
std::string nameOfFile(std::string_view path);

} // namespace suture::client

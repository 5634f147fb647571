// SPDX-License-Identifier: Apache-2.0
#pragma once
// The text of a diff, taken apart: files, hunks, lines. Nothing is applied here.

#include <cstdint>
#include <llvm/Support/Error.h>
#include <string>
#include <string_view>
#include <vector>

namespace suture::builder {

/// One line of a hunk.
struct HunkLine {
  /// ' ' context, '-' removed, '+' added.
  char kind = ' ';
  /// Without the newline; a carriage return before it belongs to the text.
  std::string_view text;
  /// "\ No newline at end of file" follows.
  bool noNewline = false;
};

struct Hunk {
  /// First line in the base and in the patched file, from 1; 0 where the count is 0 and the file is
  /// empty. Counts are lines.
  unsigned baseStart = 0, baseCount = 0, patchedStart = 0, patchedCount = 0;
  /// The line of the diff that the hunk's `@@` stands on, from 1.
  unsigned diffLine = 0;
  std::vector<HunkLine> lines;
};

/// What a diff says about one file.
struct FilePatch {
  /// As the diff names them, without the leading `a/` and `b/`. Empty: the file does not exist on
  /// that side.
  std::string basePath, patchedPath;
  /// The line of the diff at which the file's part begins, from 1.
  unsigned diffLine = 0;
  /// Octal modes as git writes them; 0: not said.
  uint32_t baseMode = 0, patchedMode = 0;
  /// Its content is not text, or the diff only says that it differs.
  bool binary = false;
  /// The base file stays where it is (`copy from`).
  bool copy = false;
  std::vector<Hunk> hunks;
};

/// Takes a diff apart: git's format, with or without a mail around it, or `diff -u`.
/// \param text  must outlive the result.  \param name  of the diff, for messages.
/// Errors: empty, not a diff, cut short, malformed; each with the diff's name and line.
llvm::Expected<std::vector<FilePatch>> parsePatchText(std::string_view text, std::string_view name);

} // namespace suture::builder

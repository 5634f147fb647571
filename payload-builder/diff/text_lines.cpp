// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/diff/text_lines.h"

namespace suture::builder {

std::vector<std::string_view> splitLines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    size_t length = text.find('\n');
    length = length == std::string_view::npos ? text.size() : length + 1;
    lines.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return lines;
}

} // namespace suture::builder

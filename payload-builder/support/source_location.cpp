// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/support/source_location.h"

namespace suture::builder {

std::string toString(const SourceLocation &location) {
  std::string text = location.file;
  if (text.empty() || location.line == 0)
    return text;
  text += ':' + std::to_string(location.line);
  if (location.column != 0)
    text += ':' + std::to_string(location.column);
  return text;
}

} // namespace suture::builder

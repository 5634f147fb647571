// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/compilers_of.h"

#include <cstdint>
#include <utility>

namespace suture::builder {

std::set<std::string> compilersOf(const ElfFile &file) {
  std::set<std::string> result;
  const ElfSection *section = file.findSection(".comment");
  if (section == nullptr)
    return result;
  std::string text;
  for (const uint8_t byte : section->bytes)
    if (byte != 0)
      text += static_cast<char>(byte);
    else if (!text.empty())
      result.insert(std::exchange(text, {}));
  return result;
}

} // namespace suture::builder

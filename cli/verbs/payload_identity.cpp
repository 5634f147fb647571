// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs/payload_identity.h"

#include "runtime/elf/elf_file.h"
#include "runtime/format/payload.h"
#include "runtime/load/build_id.h"

namespace suture::verbs {

namespace {

std::vector<uint8_t> idIn(const ElfFile &file, std::string_view name) {
  const uint32_t section = file.findSection(name);
  if (section == 0)
    return {};
  const auto id = parseBuildIdNote({file.sectionData(section), section, name});
  if (!id)
    return {};
  return {id->view().begin(), id->view().end()};
}

} // namespace

PayloadIdentity identityOf(std::span<const std::byte> payload) {
  const auto file = ElfFile::open(ByteView(payload));
  if (!file)
    return {};
  return {idIn(*file, format::section::buildId), idIn(*file, format::section::depends)};
}

} // namespace suture::verbs

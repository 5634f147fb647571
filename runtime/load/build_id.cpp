// SPDX-License-Identifier: Apache-2.0
#include "runtime/load/build_id.h"

#include "runtime/elf/elf_types.h"
#include "runtime/format/payload.h"

namespace suture {

Result<BuildId> parseBuildIdNote(const NoteSection &section) noexcept {
  Error error{.section = section.index, .subject = {section.name}};
  auto failWith = [&](ErrorCode code, uint64_t value, uint64_t allowed) {
    error.code = code;
    error.value = value;
    error.allowed = allowed;
    return fail(error);
  };

  constexpr uint64_t headerSize = sizeof(elf::NoteHeader);
  auto header = section.data.read<elf::NoteHeader>(0);
  if (!header || section.data.size() == headerSize)
    return failWith(ErrorCode::NoteTooShort, section.data.size(), headerSize);
  if (header->type != format::noteGnuBuildId)
    return failWith(ErrorCode::NoteTypeWrong, header->type, format::noteGnuBuildId);
  constexpr std::string_view owner{"GNU\0", 4};
  if (header->nameSize < owner.size())
    return failWith(ErrorCode::NoteOwnerTooShort, header->nameSize, owner.size());

  // The description starts at the next multiple of 4. Source: System V ABI, Note Section.
  const uint64_t paddedName = (uint64_t{header->nameSize} + 3) / 4 * 4;
  auto description = section.data.slice(headerSize + paddedName, header->descriptionSize);
  if (!description)
    return failWith(ErrorCode::NoteOutOfRange, paddedName + header->descriptionSize,
                    section.data.size() - headerSize);
  if (section.data.string(headerSize) != owner.substr(0, 3))
    return failWith(ErrorCode::NoteOwnerWrong, 0, 0);
  if (description->size() == 0)
    return failWith(ErrorCode::NoteEmpty, 0, 0);
  if (description->size() > format::maxBuildIdSize)
    return failWith(ErrorCode::BuildIdTooLong, description->size(), format::maxBuildIdSize);

  BuildId id;
  id.size = static_cast<uint32_t>(description->size());
  std::memcpy(id.bytes, description->bytes().data(), id.size);
  return id;
}

} // namespace suture

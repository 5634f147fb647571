// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/support/payload_file.h"

#include "runtime/format/payload.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <elf.h>
#include <llvm/ADT/StringExtras.h>
#include <nlohmann/json.hpp>

namespace suture::builder {

namespace {

llvm::Error bad(const ElfFile &file, const std::string &why) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), "%s: %s", file.path().c_str(),
                                 why.c_str());
}

/// A place in a section that a field points at.
struct Place {
  SectionIndex section;
  uint64_t offset = 0;
};

std::optional<Place> placeOf(const ElfFile &file, const std::vector<ElfRelocation> &relocations,
                             uint64_t field) {
  for (const ElfRelocation &relocation : relocations) {
    if (relocation.offset != field || relocation.type != R_X86_64_64)
      continue;
    const ElfSymbol &symbol = file.symbol(relocation.symbol);
    const uint64_t offset = symbol.value + static_cast<uint64_t>(relocation.addend);
    if (symbol.section == SHN_UNDEF || symbol.section >= file.sections().size() ||
        offset >= file.sections()[symbol.section].size)
      return std::nullopt;
    return Place{{symbol.section}, offset};
  }
  return std::nullopt;
}

std::optional<std::string> stringAt(const ElfFile &file, const Place &place) {
  const auto bytes = file.section(place.section).bytes;
  if (place.offset >= bytes.size())
    return std::nullopt;
  const auto tail = bytes.subspan(place.offset);
  const auto end = std::ranges::find(tail, 0);
  if (end == tail.end())
    return std::nullopt;
  return std::string(tail.begin(), end);
}

} // namespace

llvm::Expected<PayloadFile> PayloadFile::open(const std::string &path) {
  auto file = ElfFile::open(path);
  if (!file)
    return file.takeError();
  return parse(std::move(*file));
}

llvm::Expected<PayloadFile> PayloadFile::fromBytes(std::string bytes, const std::string &name) {
  auto file = ElfFile::fromBytes(std::move(bytes), name);
  if (!file)
    return file.takeError();
  return parse(std::move(*file));
}

llvm::Expected<PayloadFile> PayloadFile::parse(ElfFile file) {
  if (file.type() != ET_REL)
    return bad(file, "is not a payload: not a relocatable ELF file");
  PayloadFile payload(std::move(file));
  if (llvm::Error error = payload.readFunctions())
    return error;
  return payload;
}

llvm::Error PayloadFile::readFunctions() {
  const ElfSection *section = file_.findSection(format::section::funcs);
  if (section == nullptr)
    return llvm::Error::success();
  if (section->bytes.size() % sizeof(format::LivepatchFunc) != 0)
    return bad(file_, ".livepatch.funcs has " + std::to_string(section->bytes.size()) +
                          " bytes, not a multiple of " +
                          std::to_string(sizeof(format::LivepatchFunc)));
  const auto index = static_cast<uint32_t>(section - file_.sections().data());
  auto relocations = file_.relocations({index});
  if (!relocations)
    return relocations.takeError();
  for (size_t offset = 0; offset < section->bytes.size(); offset += sizeof(format::LivepatchFunc)) {
    format::LivepatchFunc raw;
    std::memcpy(&raw, section->bytes.data() + offset, sizeof raw);
    PayloadFunction function;
    function.oldAddress = raw.oldAddress;
    function.oldSize = raw.oldSize;
    function.newSize = raw.newSize;
    function.version = raw.version;
    const std::string entry = ".livepatch.funcs entry " + std::to_string(functions_.size());
    if (const auto place =
            placeOf(file_, *relocations, offset + offsetof(format::LivepatchFunc, name)))
      function.name = stringAt(file_, *place).value_or("");
    const auto code =
        placeOf(file_, *relocations, offset + offsetof(format::LivepatchFunc, newAddress));
    if (code) {
      function.section = code->section;
      function.offset = code->offset;
      if (file_.section(code->section).size - code->offset < function.newSize)
        return bad(file_, entry + ": the new code reaches past the end of its section");
    }
    if ((raw.expectation.header & format::LivepatchExpectation::enabledBit) != 0) {
      const size_t length = (raw.expectation.header >> format::LivepatchExpectation::lengthShift) &
                            format::LivepatchExpectation::lengthMask;
      function.expectation.assign(raw.expectation.data, raw.expectation.data + length);
    }
    functions_.push_back(std::move(function));
  }
  return llvm::Error::success();
}

std::span<const uint8_t> PayloadFile::noteOf(std::string_view section) const {
  const ElfSection *found = file_.findSection(section);
  return found == nullptr ? std::span<const uint8_t>()
                          : findGnuNote(found->bytes, format::noteGnuBuildId);
}

std::span<const uint8_t> PayloadFile::buildId() const { return noteOf(format::section::buildId); }
std::span<const uint8_t> PayloadFile::depends() const { return noteOf(format::section::depends); }
std::span<const uint8_t> PayloadFile::xenDepends() const {
  return noteOf(format::section::xenDepends);
}

std::vector<std::pair<std::string, std::string>> PayloadFile::modinfo() const {
  std::vector<std::pair<std::string, std::string>> result;
  const std::string text = textOf(format::section::modinfo).value_or("");
  for (size_t start = 0; start < text.size();) {
    const std::string entry(text.c_str() + start);
    start += entry.size() + 1;
    const size_t equals = entry.find('=');
    if (equals == std::string::npos)
      result.emplace_back(entry, "");
    else
      result.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return result;
}

std::optional<std::string> PayloadFile::textOf(std::string_view section) const {
  const ElfSection *found = file_.findSection(section);
  if (found == nullptr)
    return std::nullopt;
  return std::string(found->bytes.begin(), found->bytes.end());
}

std::optional<std::string> PayloadFile::diff() const { return textOf(format::section::sutureDiff); }
std::optional<std::string> PayloadFile::report() const {
  return textOf(format::section::sutureReport);
}

std::vector<std::string> PayloadFile::replacedConstants() const {
  using Json = nlohmann::json;
  const Json parsed = Json::parse(report().value_or(""), nullptr, /*allow_exceptions=*/false);
  std::vector<std::string> names;
  if (!parsed.is_object() || !parsed.contains("constants") || !parsed["constants"].is_array())
    return names;
  for (const Json &name : parsed["constants"])
    if (name.is_string())
      names.push_back(name.get<std::string>());
  return names;
}

std::map<std::string, size_t> PayloadFile::hooks() const {
  std::map<std::string, size_t> result;
  for (const ElfSection &section : file_.sections())
    if (section.name.starts_with(".livepatch.hooks."))
      result[std::string(section.name)] += section.size / sizeof(uint64_t);
  return result;
}

std::string toHex(std::span<const uint8_t> bytes) {
  return llvm::toHex(llvm::ArrayRef<uint8_t>(bytes.data(), bytes.size()), /*LowerCase=*/true);
}

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
// From a plan to a payload file (docs: payload format; structures: runtime/format/payload.h).
//
// Chunks of a role share one section: `.text`, `.rodata`, `.data`, `.bss`. A payload made with one
// section for each function would reach Xen's limit of 1,024 sections with a large fix, and every
// section costs padding. A PC-relative field whose target lies in the same section is computed here
// and needs no relocation; all other fields keep one. References to chunks go through their
// section's symbol: a name would have to be unique among all of the target's.
//
// Whatever can be read-only is: constants with addresses in them are written while the payload is
// loaded, before it is protected. `.livepatch.funcs` is the exception: Xen before 4.20 keeps its
// state in it, and does not count it among the writable sections that bar a payload from being
// applied again.
//
// The build-id is the SHA-1 of the whole file with zeros in its place.
#include "payload-builder/link/link_payload.h"

#include "payload-builder/link/elf_writer.h"
#include "payload-builder/support/elf_file.h"
#include "payload-builder/support/payload_file.h"
#include "runtime/format/payload.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <elf.h>
#include <fmt/format.h>
#include <map>
#include <openssl/evp.h>

namespace suture::builder {

namespace {

constexpr size_t buildIdSize = 20; // SHA-1

std::array<uint8_t, buildIdSize> sha1(std::string_view bytes) {
  std::array<uint8_t, buildIdSize> digest{};
  unsigned size = buildIdSize;
  ::EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, ::EVP_sha1(), nullptr);
  return digest;
}

/// Sections of chunks, in the order of the file.
struct RoleSection {
  ChunkRole role;
  std::string_view name;
  uint32_t type;
  uint64_t flags;
  uint64_t alignment;
};
/// Loaded as read-only data like any other that loaders know nothing of.
constexpr std::string_view namesSection = ".livepatch.strings";

constexpr RoleSection roleSections[] = {
    {ChunkRole::Text, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 16},
    {ChunkRole::Constant, ".rodata", SHT_PROGBITS, SHF_ALLOC, 16},
    {ChunkRole::Data, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, 16},
    {ChunkRole::Zero, ".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, 16},
};

/// One-byte NOPs never run: only a jump past the end of a function would reach them.
constexpr uint8_t textPadding = 0xcc; // int3

class Linker final {
public:
  explicit Linker(const LinkRequest &request) : request_(request), plan_(request.plan) {}

  LinkResult link() {
    layOutChunks();
    addSymbols();
    addChunkRelocations();
    addFunctions();
    addNotes();
    addTexts();
    finish();
    return std::move(result_);
  }

private:
  struct Placed {
    uint16_t section = 0; // index into file_.sections
    uint64_t offset = 0;
  };

  uint16_t addSection(OutputSection section) {
    file_.sections.push_back(std::move(section));
    return static_cast<uint16_t>(file_.sections.size() - 1);
  }

  OutputSymbolIndex addSymbol(OutputSymbol symbol) {
    file_.symbols.push_back(std::move(symbol));
    return {static_cast<uint32_t>(file_.symbols.size() - 1)};
  }

  /// The names of patched functions are no constants of the code: they belong to the table.
  void layOutChunks() {
    chunks_ = plan_.chunks;
    for (const PlannedFunction &function : plan_.functions) {
      Chunk name;
      name.role = ChunkRole::Constant;
      name.section = namesSection;
      name.bytes.assign(function.name.begin(), function.name.end());
      name.bytes.push_back(0);
      name.size = name.bytes.size();
      nameChunks_.push_back({static_cast<uint32_t>(chunks_.size())});
      chunks_.push_back(std::move(name));
    }
    placed_.resize(chunks_.size());
    for (const RoleSection &role : roleSections)
      layOut(role, "");
    layOutTables();
  }

  /// Sections that loaders know by name, in the order of names.
  void layOutTables() {
    std::map<std::string, ChunkRole> tables;
    for (const Chunk &chunk : chunks_)
      if (!chunk.section.empty())
        tables.emplace(chunk.section, chunk.role);
    for (const auto &[name, role] : tables) {
      const bool isCode = role == ChunkRole::Text;
      layOut(
          {role, name, SHT_PROGBITS, isCode ? SHF_ALLOC | SHF_EXECINSTR : uint64_t{SHF_ALLOC}, 1},
          name);
    }
  }

  void layOut(const RoleSection &role, const std::string &tableName) {
    OutputSection section{.name = std::string(role.name),
                          .type = role.type,
                          .flags = role.flags,
                          .alignment = role.alignment,
                          .bytes = {},
                          .zeroSize = 0,
                          .relocations = {}};
    uint64_t size = 0;
    for (size_t i = 0; i < chunks_.size(); ++i) {
      const Chunk &chunk = chunks_[i];
      if (chunk.role != role.role || chunk.section != tableName)
        continue;
      size = (size + chunk.alignment - 1) / chunk.alignment * chunk.alignment;
      section.alignment = std::max(section.alignment, chunk.alignment);
      placed_[i] = {static_cast<uint16_t>(file_.sections.size()), size};
      if (role.type != SHT_NOBITS) {
        section.bytes.resize(size, role.role == ChunkRole::Text ? textPadding : uint8_t{0});
        section.bytes.insert(section.bytes.end(), chunk.bytes.begin(), chunk.bytes.end());
        // Zero-initialised data may share a section with data that is not.
        section.bytes.resize(size + chunk.size, 0);
      }
      size += chunk.size;
    }
    if (role.type == SHT_NOBITS)
      section.zeroSize = size;
    if (size == 0)
      return;
    countSize(role.role, size);
    const uint16_t index = addSection(std::move(section));
    sectionSymbols_[index] = addSymbol({.name = "",
                                        .type = STT_SECTION,
                                        .binding = STB_LOCAL,
                                        .section = static_cast<uint16_t>(index + 1)});
  }

  void countSize(ChunkRole role, uint64_t size) {
    switch (role) {
    case ChunkRole::Text:
      result_.textSize += size;
      return;
    case ChunkRole::Constant:
      result_.constantSize += size;
      return;
    case ChunkRole::Data:
    case ChunkRole::Zero:
      result_.dataSize += size;
      return;
    }
  }

  void addSymbols() {
    for (size_t i = 0; i < chunks_.size(); ++i) {
      const Chunk &chunk = chunks_[i];
      if (chunk.symbol.empty())
        continue;
      addSymbol({.name = chunk.symbol,
                 .value = placed_[i].offset,
                 .size = chunk.size,
                 .type = static_cast<uint8_t>(chunk.isFunction ? STT_FUNC : STT_OBJECT),
                 .binding = static_cast<uint8_t>(chunk.isExported ? STB_GLOBAL : STB_LOCAL),
                 .section = static_cast<uint16_t>(placed_[i].section + 1)});
    }
    for (const BoundSymbol &symbol : plan_.symbols)
      boundSymbols_.push_back(
          addSymbol({.name = symbol.name,
                     .value = symbol.address ? symbol.address->value : 0,
                     .type = STT_NOTYPE,
                     .binding = static_cast<uint8_t>(symbol.address ? STB_LOCAL : STB_GLOBAL),
                     .section = static_cast<uint16_t>(symbol.address ? SHN_ABS : SHN_UNDEF)}));
  }

  void addChunkRelocations() {
    for (size_t i = 0; i < chunks_.size(); ++i)
      for (const PlannedReference &reference : chunks_[i].references)
        addRelocation(placed_[i], reference);
    for (OutputSection &section : file_.sections)
      std::ranges::sort(section.relocations, {}, &OutputRelocation::offset);
  }

  void addRelocation(const Placed &from, const PlannedReference &reference) {
    OutputSection &section = file_.sections[from.section];
    const uint64_t field = from.offset + reference.offset;
    if (const auto *symbol = std::get_if<BoundSymbolIndex>(&reference.target)) {
      section.relocations.push_back(
          {field, reference.type, boundSymbols_[symbol->value], reference.addend});
      return;
    }
    const Placed &to = placed_[std::get<ChunkIndex>(reference.target).value];
    const int64_t addend = static_cast<int64_t>(to.offset) + reference.addend;
    if (reference.type == R_X86_64_64 || to.section != from.section) {
      section.relocations.push_back(
          {field, reference.type, sectionSymbols_.at(to.section), addend});
      return;
    }
    // S + A - P, with S and P in the same section.
    const auto value = static_cast<int32_t>(addend - static_cast<int64_t>(field));
    std::memcpy(section.bytes.data() + field, &value, sizeof value);
  }

  void addFunctions() {
    OutputSection section{.name = format::section::funcs,
                          .type = SHT_PROGBITS,
                          .flags = SHF_ALLOC | SHF_WRITE,
                          .alignment = 8,
                          .bytes = {},
                          .zeroSize = 0,
                          .relocations = {}};
    for (size_t i = 0; i < plan_.functions.size(); ++i)
      addFunction(section, plan_.functions[i], nameChunks_[i]);
    if (!section.bytes.empty())
      addSection(std::move(section));
  }

  void addFunction(OutputSection &section, const PlannedFunction &function, ChunkIndex name) {
    format::LivepatchFunc raw{};
    raw.oldAddress = function.oldAddress ? function.oldAddress->value : 0;
    raw.newSize = function.newSize;
    raw.oldSize = function.oldSize;
    raw.version = format::payloadVersion;
    if (!function.expectation.empty()) {
      raw.expectation.header = static_cast<uint8_t>(
          format::LivepatchExpectation::enabledBit |
          (function.expectation.size() << format::LivepatchExpectation::lengthShift));
      std::ranges::copy(function.expectation, raw.expectation.data);
    }
    const uint64_t offset = section.bytes.size();
    const auto bytes = std::bit_cast<std::array<uint8_t, sizeof raw>>(raw);
    section.bytes.insert(section.bytes.end(), bytes.begin(), bytes.end());
    addPointer(section, offset + offsetof(format::LivepatchFunc, name), name);
    addPointer(section, offset + offsetof(format::LivepatchFunc, newAddress), function.code);
  }

  void addPointer(OutputSection &section, uint64_t field, ChunkIndex target) const {
    const Placed &to = placed_[target.value];
    section.relocations.push_back(
        {field, R_X86_64_64, sectionSymbols_.at(to.section), static_cast<int64_t>(to.offset)});
  }

  void addNotes() {
    const std::vector<uint8_t> zeros(buildIdSize, 0);
    addNote(format::section::depends, plan_.depends);
    addNote(format::section::xenDepends, plan_.xenDepends);
    buildIdSection_ = addNote(format::section::buildId, zeros);
  }

  uint16_t addNote(const char *name, const std::vector<uint8_t> &id) {
    return addSection({.name = name,
                       .type = SHT_NOTE,
                       .flags = SHF_ALLOC,
                       .alignment = 4,
                       .bytes = gnuNote(format::noteGnuBuildId, id),
                       .zeroSize = 0,
                       .relocations = {}});
  }

  void addTexts() {
    std::string metadata;
    for (const MetadataEntry &entry : plan_.metadata)
      metadata.append(entry.key).append("=").append(entry.value).push_back('\0');
    addText(format::section::modinfo, metadata, SHF_ALLOC);
    addText(format::section::sutureDiff, request_.diff, 0);
    addText(format::section::sutureReport, request_.report, 0);
  }

  void addText(const char *name, const std::string &text, uint64_t flags) {
    if (!text.empty())
      addSection({.name = name,
                  .type = SHT_PROGBITS,
                  .flags = flags,
                  .alignment = 1,
                  .bytes = {text.begin(), text.end()},
                  .zeroSize = 0,
                  .relocations = {}});
  }

  void finish() {
    result_.payload = writeRelocatable(file_);
    if (result_.payload.size() > format::maxPayloadSize) {
      result_.refusals.push_back(
          {.stage = Stage::Link,
           .code = RefusalCode::PayloadTooLarge,
           .location = {},
           .subject = "payload",
           .reason = fmt::format("it has {} bytes, and loaders accept at most {}",
                                 result_.payload.size(), format::maxPayloadSize),
           .advice = "Split the fix into several payloads."});
      result_.payload.clear();
      return;
    }
    const auto digest = sha1(result_.payload);
    result_.buildId.assign(digest.begin(), digest.end());
    file_.sections[buildIdSection_].bytes = gnuNote(format::noteGnuBuildId, result_.buildId);
    result_.payload = writeRelocatable(file_);
  }

  const LinkRequest &request_;
  const Plan &plan_;
  std::vector<Chunk> chunks_;
  std::vector<ChunkIndex> nameChunks_;
  std::vector<Placed> placed_;
  RelocatableFile file_;
  std::map<uint16_t, OutputSymbolIndex> sectionSymbols_;
  std::vector<OutputSymbolIndex> boundSymbols_;
  uint16_t buildIdSection_ = 0;
  LinkResult result_;
};

} // namespace

LinkResult linkPayload(const LinkRequest &request) { return Linker(request).link(); }

std::string dump(const LinkResult &result) {
  std::string text =
      fmt::format("build-id {}\ntext {} constants {} data {} file {}\n", toHex(result.buildId),
                  result.textSize, result.constantSize, result.dataSize, result.payload.size());
  for (const Refusal &refusal : result.refusals)
    text += fmt::format("refusal {} {}", codeName(refusal.code), toString(refusal));
  if (result.payload.empty())
    return text;
  auto file = ElfFile::fromBytes(result.payload, "payload");
  if (!file)
    return text + toString(file.takeError()) + "\n";
  for (const ElfSection &section : file->sections())
    if (!section.name.empty())
      text += fmt::format("section {} flags {:#x} size {}\n", section.name, section.flags,
                          section.size);
  for (const ElfSymbol &symbol : file->symbols())
    if (!symbol.name.empty())
      text += fmt::format("symbol {} section {} value {:#x} size {}\n", symbol.name, symbol.section,
                          symbol.value, symbol.size);
  return text;
}

} // namespace suture::builder

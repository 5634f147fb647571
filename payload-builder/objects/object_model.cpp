// SPDX-License-Identifier: Apache-2.0
// Cutting an object into pieces.
//
// The unit is compiled with -ffunction-sections -fdata-sections, so most sections hold one function
// or object. Where the source names a section itself (`__init`, `.data.read_mostly`) or the
// assembler made one, symbols with a size cut it; what lies between is an anonymous piece. Tables
// beside code are cut into entries (code_tables.h). A section without any of these is one anonymous
// piece as a whole: jump tables, clang's private constants. Mergeable sections are not cut at all:
// a reference into one stands for the content that it reaches, since the linker may have moved it
// anywhere.
//
// A relocation against a section symbol is turned into (piece, offset). For that the address that
// the code *means* is needed, not S + A: code_references.h. A PC32 field in data comes in two
// kinds. `.long sym - .` means S + A, as in exception tables. `.long label - table`, as in jump
// tables, has the distance from the table's start in its addend, and the table's start is not in
// the object: such a field is kept relative to the one piece of the section that it points into,
// which is exact as long as that section has one piece, and is what -ffunction-sections gives.
//
// Between functions that share a section the assembler resolves calls itself. They get the
// reference that a relocation would have made: without it the call of a carried function would lead
// to wherever the payload happens to have something at that distance.
#include "payload-builder/objects/object_model.h"

#include "payload-builder/objects/code_references.h"
#include "payload-builder/objects/code_tables.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <elf.h>
#include <map>
#include <set>

namespace suture::builder {

namespace {

bool isMergeable(const ElfSection &section) {
  return (section.flags & SHF_MERGE) != 0 && section.entrySize != 0;
}

} // namespace

/// Builds an ObjectModel; a class for the state that its steps share.
class ObjectParser final {
public:
  explicit ObjectParser(ObjectModel &model) : model_(model), file_(*model.file_) {}

  llvm::Error parse() {
    markGroups();
    auto cuts = cutTables(file_);
    if (!cuts)
      return cuts.takeError();
    cuts_ = std::move(*cuts);
    cutSections();
    for (Piece &piece : model_.pieces_)
      piece.role = roleOf(file_.section(piece.section), piece.names);
    for (uint32_t i = 0; i < file_.sections().size(); ++i)
      if (!byOffset_[i].empty())
        if (llvm::Error error = addReferences({i}))
          return error;
    collectEntries();
    return llvm::Error::success();
  }

private:
  bool isCut(SectionIndex index) const {
    const ElfSection &section = file_.section(index);
    return (section.flags & SHF_ALLOC) != 0 && section.size != 0 && !isMergeable(section) &&
           roleOf(section) != SectionRole::Ignored;
  }

  void markGroups() {
    for (const ElfSection &section : file_.sections()) {
      if (section.type != SHT_GROUP)
        continue;
      for (size_t offset = 4; offset + 4 <= section.bytes.size(); offset += 4) {
        uint32_t member = 0;
        std::memcpy(&member, section.bytes.data() + offset, sizeof member);
        grouped_.insert(member);
      }
    }
  }

  Piece makePiece(SectionIndex index, uint64_t offset, uint64_t size) const {
    const ElfSection &section = file_.section(index);
    const uint64_t alignment = std::max<uint64_t>(section.alignment, 1);
    Piece piece;
    piece.section = index;
    piece.offset = offset;
    piece.size = size;
    if (!section.bytes.empty())
      piece.bytes = section.bytes.subspan(offset, size);
    piece.alignment =
        offset == 0 ? alignment : std::min(alignment, uint64_t{1} << std::countr_zero(offset));
    piece.inGroup = grouped_.contains(index.value);
    return piece;
  }

  void append(Piece piece) {
    byOffset_[piece.section.value].push_back({static_cast<uint32_t>(model_.pieces_.size())});
    model_.pieces_.push_back(std::move(piece));
  }

  void cutSections() {
    byOffset_.resize(file_.sections().size());
    std::vector<std::vector<SymbolIndex>> symbols(file_.sections().size());
    for (uint32_t i = 1; i < file_.symbols().size(); ++i) {
      const ElfSymbol &symbol = file_.symbols()[i];
      if ((symbol.type == STT_FUNC || symbol.type == STT_OBJECT) && symbol.size != 0 &&
          symbol.section < file_.sections().size() && symbol.section != SHN_UNDEF)
        symbols[symbol.section].push_back({i});
    }
    for (uint32_t i = 1; i < file_.sections().size(); ++i) {
      if (!isCut({i}))
        continue;
      if (const auto cuts = cuts_.find(i); cuts != cuts_.end())
        cutTable({i}, cuts->second);
      else
        cutSection({i}, symbols[i]);
    }
  }

  void cutTable(SectionIndex index, const std::set<uint64_t> &cuts) {
    for (auto cut = cuts.begin(); std::next(cut) != cuts.end(); ++cut)
      append(makePiece(index, *cut, *std::next(cut) - *cut));
  }

  void cutSection(SectionIndex index, std::vector<SymbolIndex> &symbols) {
    std::ranges::sort(symbols, {},
                      [&](SymbolIndex s) { return std::pair(file_.symbol(s).value, s.value); });
    const uint64_t end = file_.section(index).size;
    uint64_t done = 0;
    for (const SymbolIndex symbolIndex : symbols) {
      const ElfSymbol &symbol = file_.symbol(symbolIndex);
      auto &pieces = byOffset_[index.value];
      if (symbol.value < done) {
        // An alias of the piece before it, or a label inside that piece.
        Piece &last = model_.pieces_[pieces.back().value];
        if (symbol.value == last.offset)
          last.names.push_back(symbol.name);
        continue;
      }
      if (symbol.value >= end || symbol.size > end - symbol.value)
        continue;
      if (symbol.value > done)
        append(makePiece(index, done, symbol.value - done));
      Piece piece = makePiece(index, symbol.value, symbol.size);
      piece.kind = symbol.type == STT_FUNC ? PieceKind::Function : PieceKind::Data;
      piece.names.push_back(symbol.name);
      piece.binding = symbol.binding;
      piece.symbolSize = symbol.size;
      append(std::move(piece));
      done = symbol.value + symbol.size;
    }
    if (done < end && !takeTail(index, end))
      append(makePiece(index, done, end - done));
  }

  /// Gives what lies behind a section's only function to that function; short jumps lead there.
  bool takeTail(SectionIndex index, uint64_t end) {
    const auto &pieces = byOffset_[index.value];
    if (pieces.size() != 1 || model_.piece(pieces.front()).kind != PieceKind::Function)
      return false;
    Piece &function = model_.pieces_[pieces.front().value];
    function.size = end - function.offset;
    if (!function.bytes.empty())
      function.bytes = file_.section(index).bytes.subspan(function.offset, function.size);
    return true;
  }

  /// The piece of a section that holds an offset; the last one that starts before it where the
  /// offset lies past the end.
  PieceIndex pieceAt(SectionIndex section, int64_t offset) const {
    const auto &pieces = byOffset_[section.value];
    PieceIndex result = pieces.front();
    for (const PieceIndex index : pieces)
      if (static_cast<int64_t>(model_.piece(index).offset) <= offset)
        result = index;
    return result;
  }

  LiteralTarget literalAt(const ElfSection &section, int64_t offset) const {
    // An address outside the section (a loop's end, an index with a bias) belongs to its nearest
    // entry.
    const int64_t last = static_cast<int64_t>(section.bytes.size()) - 1;
    const int64_t inside = std::clamp<int64_t>(offset, 0, std::max<int64_t>(last, 0));
    const auto start = static_cast<uint64_t>(inside);
    uint64_t from = start, size = 0;
    if ((section.flags & SHF_STRINGS) != 0) {
      while (start + size < section.bytes.size() && section.bytes[start + size] != 0)
        ++size;
      size = std::min(size + section.entrySize, section.bytes.size() - start);
    } else {
      from = start / section.entrySize * section.entrySize;
      size = std::min<uint64_t>(section.entrySize, section.bytes.size() - from);
    }
    return {.content = {std::bit_cast<const char *>(section.bytes.data() + from), size},
            .alignment = std::max<uint64_t>(section.alignment, 1),
            .entrySize = section.entrySize,
            .offset = offset - static_cast<int64_t>(from)};
  }

  llvm::Error addReferences(SectionIndex index) {
    auto relocations = file_.relocations(index);
    if (!relocations)
      return relocations.takeError();
    std::ranges::sort(*relocations, {}, &ElfRelocation::offset);
    const auto &pieces = byOffset_[index.value];
    size_t current = 0;
    for (const ElfRelocation &relocation : *relocations) {
      if (relocation.type == R_X86_64_NONE)
        continue;
      while (current + 1 < pieces.size() &&
             model_.piece(pieces[current + 1]).offset <= relocation.offset)
        ++current;
      Piece &piece = model_.pieces_[pieces[current].value];
      piece.references.push_back({.offset = relocation.offset - piece.offset,
                                  .type = relocation.type,
                                  .bias = 0,
                                  .target = ExternalTarget{}});
      raw_.push_back(relocation);
      if (piece.references.size() == 1)
        firstRaw_[pieces[current].value] = raw_.size() - 1;
    }
    for (const PieceIndex pieceIndex : pieces) {
      resolve(pieceIndex);
      if (pieces.size() > 1 && isCode(model_.piece(pieceIndex)))
        addOutwardReferences(pieceIndex);
    }
    return llvm::Error::success();
  }

  bool isCode(const Piece &piece) const {
    return (file_.section(piece.section).flags & SHF_EXECINSTR) != 0;
  }

  static std::vector<uint64_t> fieldsOf(const Piece &piece) {
    std::vector<uint64_t> fields;
    for (const Reference &reference : piece.references)
      fields.push_back(reference.offset);
    return fields;
  }

  /// What the assembler resolved because it stays inside the section.
  void addOutwardReferences(PieceIndex index) {
    Piece &piece = model_.pieces_[index.value];
    // A replacement runs in the place of what it replaces: a jump to its end leads to what comes
    // after that, and stays as it is.
    const bool endIsInside = model_.sectionName(piece) == ".altinstr_replacement";
    for (const OutwardOperand &operand : outwardOperands(piece.bytes, fieldsOf(piece))) {
      if (endIsInside && operand.target == static_cast<int64_t>(piece.size))
        continue;
      const int64_t offset = static_cast<int64_t>(piece.offset) + operand.target;
      if (offset < 0 || static_cast<uint64_t>(offset) >= file_.section(piece.section).size)
        continue;
      if (!operand.isWide) {
        model_.undecodable_.insert(index);
        continue;
      }
      const PieceIndex target = pieceAt(piece.section, offset);
      piece.references.push_back(
          {.offset = operand.field,
           .type = R_X86_64_PC32,
           .bias = operand.tail,
           .target =
               PieceTarget{target, offset - static_cast<int64_t>(model_.piece(target).offset)}});
    }
    std::ranges::sort(piece.references, {}, &Reference::offset);
  }

  void collectEntries() {
    for (uint32_t i = 0; i < model_.pieces_.size(); ++i) {
      const Piece &piece = model_.pieces_[i];
      const std::string_view section = model_.sectionName(piece);
      if (piece.role != SectionRole::Special || isTableCode(section) ||
          section.starts_with(".livepatch.") || section.starts_with(".suture."))
        continue;
      for (const Reference &reference : piece.references) {
        const auto *target = std::get_if<PieceTarget>(&reference.target);
        if (target == nullptr ||
            (cuts_.contains(piece.section.value) && reference.offset != ownerField))
          continue;
        std::vector<PieceIndex> &entries = model_.entries_[target->piece];
        if (entries.empty() || entries.back() != PieceIndex{i})
          entries.push_back({i});
      }
    }
  }

  static bool isPcRelative(uint32_t type) {
    switch (type) {
    case R_X86_64_PC32:
    case R_X86_64_PLT32:
    case R_X86_64_GOTPCREL:
    case R_X86_64_GOTPCRELX:
    case R_X86_64_REX_GOTPCRELX:
      return true;
    default:
      return false;
    }
  }

  void resolve(PieceIndex index) {
    Piece &piece = model_.pieces_[index.value];
    if (piece.references.empty())
      return;
    const bool inCode = isCode(piece), inTable = cuts_.contains(piece.section.value);
    std::vector<uint8_t> tails;
    if (inCode)
      tails = instructionTails(piece.bytes, fieldsOf(piece));
    const size_t first = firstRaw_.at(index.value);
    for (size_t i = 0; i < piece.references.size(); ++i) {
      Reference &reference = piece.references[i];
      const ElfRelocation &relocation = raw_[first + i];
      if (inCode && isPcRelative(reference.type)) {
        reference.bias = tails[i] == 0 ? 4 : tails[i];
        if (tails[i] == 0)
          model_.undecodable_.insert(index);
      } else if (inTable) {
        reference.bias =
            biasOfTableField(model_.sectionName(piece), reference.offset, relocation.addend);
      }
      if (reference.offset == secondField &&
          hasEmptyReplacement(model_.sectionName(piece), piece.bytes))
        reference.target = LiteralTarget{};
      else
        reference.target = targetOf(relocation, reference.bias);
    }
  }

  std::variant<PieceTarget, ExternalTarget, LiteralTarget> targetOf(const ElfRelocation &relocation,
                                                                    int64_t bias) const {
    const ElfSymbol &symbol = file_.symbol(relocation.symbol);
    const int64_t addend = relocation.addend + bias;
    if (symbol.section == SHN_UNDEF || symbol.section >= file_.sections().size())
      return ExternalTarget{.name = symbol.name, .offset = addend};
    const ElfSection &section = file_.sections()[symbol.section];
    const int64_t offset = static_cast<int64_t>(symbol.value) + addend;
    if (isMergeable(section)) {
      // A symbol's own content counts from the symbol, not from the address meant.
      if (symbol.type == STT_SECTION)
        return literalAt(section, offset);
      LiteralTarget literal = literalAt(section, static_cast<int64_t>(symbol.value));
      literal.offset += addend;
      return literal;
    }
    if (byOffset_[symbol.section].empty())
      return ExternalTarget{.name = section.name, .offset = offset};
    // A named symbol says which piece is meant, even for an address past its end.
    const PieceIndex piece = pieceAt(
        {symbol.section}, symbol.type == STT_SECTION ? offset : static_cast<int64_t>(symbol.value));
    return PieceTarget{.piece = piece,
                       .offset = offset - static_cast<int64_t>(model_.piece(piece).offset)};
  }

  ObjectModel &model_;
  const ElfFile &file_;
  std::set<uint32_t> grouped_;
  /// By section: its pieces, sorted by offset.
  std::vector<std::vector<PieceIndex>> byOffset_;
  std::vector<ElfRelocation> raw_;
  std::map<uint32_t, size_t> firstRaw_;
  TableCuts cuts_;
};

uint64_t fieldSize(uint32_t type) { return type == R_X86_64_64 || type == R_X86_64_PC64 ? 8 : 4; }

llvm::Expected<ObjectModel> ObjectModel::parse(ElfFile file) {
  if (file.type() != ET_REL)
    return llvm::createStringError(llvm::inconvertibleErrorCode(), "%s: is not an object file",
                                   file.path().c_str());
  ObjectModel model;
  model.file_ = std::make_unique<ElfFile>(std::move(file));
  if (llvm::Error error = ObjectParser(model).parse())
    return error;
  return model;
}

std::optional<PieceIndex> ObjectModel::find(std::string_view name) const {
  for (uint32_t i = 0; i < pieces_.size(); ++i)
    if (std::ranges::find(pieces_[i].names, name) != pieces_[i].names.end())
      return PieceIndex{i};
  return std::nullopt;
}

bool ObjectModel::hasOwnSection(const Piece &piece) const {
  return withoutOwnName(sectionName(piece), piece.names).has_value();
}

std::span<const PieceIndex> ObjectModel::entriesOf(PieceIndex index) const {
  const auto found = entries_.find(index);
  return found == entries_.end() ? std::span<const PieceIndex>() : found->second;
}

std::string_view ObjectModel::sourceName() const {
  for (const ElfSymbol &symbol : file_->symbols())
    if (symbol.type == STT_FILE)
      return symbol.name;
  return {};
}

} // namespace suture::builder

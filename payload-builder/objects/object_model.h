// SPDX-License-Identifier: Apache-2.0
#pragma once
// An object file as pieces (functions, named data, anonymous data) and the references between
// them, in a form in which two compilations of one unit can be compared.

#include "payload-builder/objects/section_role.h"
#include "payload-builder/support/elf_file.h"

#include <llvm/Support/Error.h>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace suture::builder {

/// Index into ObjectModel::pieces.
struct PieceIndex {
  uint32_t value = 0;
  auto operator<=>(const PieceIndex &) const = default;
};

/// A reference to bytes of a piece of the same object.
struct PieceTarget {
  PieceIndex piece;
  /// Where in the piece the reference points: what the code addresses, not S + A.
  int64_t offset = 0;
  bool operator==(const PieceTarget &) const = default;
};

/// A reference to a symbol that the object does not define.
struct ExternalTarget {
  std::string_view name;
  int64_t offset = 0;
  bool operator==(const ExternalTarget &) const = default;
};

/// A reference to a merged string or constant: known by its content alone.
struct LiteralTarget {
  /// From where the reference points to the end of the string (its NUL included) or of the entry.
  std::string_view content;
  uint64_t alignment = 1;
  /// Of strings: bytes of a character; of constants, bytes of an entry.
  uint64_t entrySize = 1;
  /// The reference points this many bytes past the start of content; only where the compiler
  /// addresses a literal from outside.
  int64_t offset = 0;
  bool operator==(const LiteralTarget &other) const {
    return content == other.content && offset == other.offset;
  }
};

struct Reference {
  /// Of the field, from the start of the piece.
  uint64_t offset = 0;
  /// R_X86_64_*.
  uint32_t type = 0;
  /// S + A - P is stored for a PC-relative field; the address that the code means is S + A + bias:
  /// bytes from the field to the end of its instruction. 0 for fields in data, except in tables
  /// that keep something else in the same field (code_tables.h).
  int64_t bias = 0;
  std::variant<PieceTarget, ExternalTarget, LiteralTarget> target;
};

/// Bytes of a field with a relocation of that type.
uint64_t fieldSize(uint32_t type);

enum class PieceKind { Function, Data, Anonymous };

/// Names of one address and how the linker sees it.
struct Piece {
  PieceKind kind = PieceKind::Anonymous;
  /// Names of the same range, the first in symbol-table order first; none for Anonymous.
  std::vector<std::string_view> names;
  SectionIndex section;
  SectionRole role = SectionRole::Unknown;
  /// From the start of its section, in bytes.
  uint64_t offset = 0;
  uint64_t size = 0;
  /// Size of its first name's symbol. Less than size where a function has out-of-line code behind
  /// it in its section (`.subsection`), which the linker puts elsewhere.
  uint64_t symbolSize = 0;
  /// Empty for zero-initialised data.
  std::span<const uint8_t> bytes;
  /// Sorted by offset.
  std::vector<Reference> references;
  /// Largest power of two known to divide its address.
  uint64_t alignment = 1;
  /// STB_* of its first name.
  uint8_t binding = 0;
  bool inGroup = false;

  std::string_view name() const { return names.empty() ? std::string_view() : names.front(); }
  bool isLocal() const { return binding == 0; }
};

/// One object file. Views point into the file that it owns.
class ObjectModel final {
public:
  /// Errors: not an ET_REL file; a malformed one.
  static llvm::Expected<ObjectModel> parse(ElfFile file);

  const ElfFile &file() const { return *file_; }
  const std::vector<Piece> &pieces() const { return pieces_; }
  const Piece &piece(PieceIndex index) const { return pieces_[index.value]; }
  /// The piece with that name; none where there is no such symbol.
  std::optional<PieceIndex> find(std::string_view name) const;
  std::string_view sectionName(const Piece &piece) const {
    return file_->section(piece.section).name;
  }
  /// Whether the compiler made the section for the piece alone: `.rodata.limits`. The source's
  /// sections are for tables.
  bool hasOwnSection(const Piece &piece) const;
  /// Entries of tables that belong to a piece, and whole tables of unknown form that refer to it;
  /// in the order of the file.
  std::span<const PieceIndex> entriesOf(PieceIndex index) const;
  /// Value of the STT_FILE symbol.
  std::string_view sourceName() const;
  bool hasDebugInformation() const { return file_->findSection(".debug_info") != nullptr; }
  /// Whether a piece of code has bytes that are no instruction, or leads out of itself in a way
  /// that no relocation can follow, so that what it refers to is not known.
  bool isUndecodable(PieceIndex index) const { return undecodable_.contains(index); }

private:
  friend class ObjectParser;
  ObjectModel() = default;

  std::unique_ptr<ElfFile> file_;
  std::vector<Piece> pieces_;
  std::set<PieceIndex> undecodable_;
  std::map<PieceIndex, std::vector<PieceIndex>> entries_;
};

} // namespace suture::builder

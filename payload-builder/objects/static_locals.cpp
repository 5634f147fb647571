// SPDX-License-Identifier: Apache-2.0
// gcc calls static locals `once.12`, with a number that counts over the whole unit, so that a new
// one at the top renames all that follow. Debug information names the function around each one, and
// its address: an operand of DW_OP_addr, relocated. DWARF readers resolve that relocation to an
// offset and drop the section; with a section for each object every offset is zero. So the
// relocation itself is looked up, by where in the file the operand stands.
#include "payload-builder/objects/static_locals.h"

#include <algorithm>
#include <bit>
#include <llvm/DebugInfo/DWARF/DWARFContext.h>
#include <llvm/Object/ELFObjectFile.h>

namespace suture::builder {

namespace {

constexpr uint8_t addressOperation = llvm::dwarf::DW_OP_addr;

class StaticLocalReader final {
public:
  explicit StaticLocalReader(const ObjectModel &object) : object_(object) {
    for (uint32_t i = 0; i < object.pieces().size(); ++i)
      if (const Piece &piece = object.pieces()[i]; piece.kind == PieceKind::Data)
        pieces_.emplace(std::pair(piece.section.value, piece.offset), PieceIndex{i});
  }

  llvm::Expected<StaticLocals> run() {
    for (uint32_t i = 1; i < object_.file().sections().size(); ++i) {
      if (object_.file().section({i}).name != ".debug_info")
        continue;
      auto relocations = object_.file().relocations({i});
      if (!relocations)
        return relocations.takeError();
      relocations_ = std::move(*relocations);
      std::ranges::sort(relocations_, {}, &ElfRelocation::offset);
      start_ = object_.file().section({i}).bytes.data();
    }
    const auto bytes = object_.file().bytes();
    const llvm::MemoryBufferRef buffer(
        llvm::StringRef(std::bit_cast<const char *>(bytes.data()), bytes.size()),
        object_.file().path());
    auto file = llvm::object::ObjectFile::createELFObjectFile(buffer);
    if (!file)
      return file.takeError();
    const auto context = llvm::DWARFContext::create(**file);
    for (const auto &unit : context->compile_units())
      if (const llvm::DWARFDie die = unit->getUnitDIE(/*ExtractUnitDIEOnly=*/false))
        readFunctions(die);
    return std::move(result_);
  }

private:
  void readFunctions(const llvm::DWARFDie &die) {
    for (const llvm::DWARFDie child : die.children()) {
      if (child.getTag() == llvm::dwarf::DW_TAG_subprogram) {
        if (const char *name = child.getSubroutineName(llvm::DINameKind::LinkageName)) {
          function_ = name;
          readVariables(child);
        }
      } else if (child.hasChildren()) {
        readFunctions(child);
      }
    }
  }

  void readVariables(const llvm::DWARFDie &die) {
    for (const llvm::DWARFDie child : die.children()) {
      if (child.getTag() == llvm::dwarf::DW_TAG_variable)
        addVariable(child);
      if (child.getTag() == llvm::dwarf::DW_TAG_lexical_block)
        readVariables(child);
    }
  }

  void addVariable(const llvm::DWARFDie &die) {
    const char *name = die.getShortName();
    const auto location = die.find(llvm::dwarf::DW_AT_location);
    const auto block = location ? location->getAsBlock() : std::nullopt;
    if (name == nullptr || !block || block->empty() || block->front() != addressOperation)
      return;
    const auto field = static_cast<uint64_t>(block->data() + 1 - start_);
    const auto relocation =
        std::ranges::lower_bound(relocations_, field, {}, &ElfRelocation::offset);
    if (relocation == relocations_.end() || relocation->offset != field)
      return;
    const ElfSymbol &symbol = object_.file().symbol(relocation->symbol);
    const auto piece =
        pieces_.find({symbol.section, symbol.value + static_cast<uint64_t>(relocation->addend)});
    if (piece != pieces_.end())
      result_.try_emplace(piece->second,
                          StaticLocal{.name = function_ + "/" + name,
                                      .line = static_cast<unsigned>(llvm::dwarf::toUnsigned(
                                          die.find(llvm::dwarf::DW_AT_decl_line), 0))});
  }

  const ObjectModel &object_;
  /// Data by section and offset.
  std::map<std::pair<uint32_t, uint64_t>, PieceIndex> pieces_;
  /// Of .debug_info, sorted by offset.
  std::vector<ElfRelocation> relocations_;
  const uint8_t *start_ = nullptr;
  std::string function_;
  StaticLocals result_;
};

} // namespace

llvm::Expected<StaticLocals> readStaticLocals(const ObjectModel &object) {
  return StaticLocalReader(object).run();
}

} // namespace suture::builder

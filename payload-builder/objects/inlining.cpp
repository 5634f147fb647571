// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/inlining.h"

#include <algorithm>
#include <bit>
#include <llvm/DebugInfo/DWARF/DWARFContext.h>
#include <llvm/Object/ELFObjectFile.h>

namespace suture::builder {

namespace {

std::string nameOf(const llvm::DWARFDie &die) {
  if (const char *name = die.getSubroutineName(llvm::DINameKind::LinkageName))
    return name;
  return {};
}

class InlineReader final {
public:
  explicit InlineReader(InlineMap &result) : result_(result) {}

  void readUnit(const llvm::DWARFDie &die) {
    for (const llvm::DWARFDie child : die.children()) {
      if (child.getTag() == llvm::dwarf::DW_TAG_subprogram) {
        const std::string name = nameOf(child);
        if (!name.empty())
          readBody(child, result_[name]);
      } else if (child.hasChildren()) {
        // Namespaces and classes hold functions in turn.
        readUnit(child);
      }
    }
  }

private:
  void readBody(const llvm::DWARFDie &die, std::vector<InlineChain> &chains) {
    for (const llvm::DWARFDie child : die.children()) {
      const bool isInlined = child.getTag() == llvm::dwarf::DW_TAG_inlined_subroutine;
      if (isInlined) {
        chain_.push_back(nameOf(child));
        if (std::ranges::find(chains, chain_) == chains.end())
          chains.push_back(chain_);
      }
      if (isInlined || child.getTag() == llvm::dwarf::DW_TAG_lexical_block)
        readBody(child, chains);
      if (isInlined)
        chain_.pop_back();
    }
  }

  InlineMap &result_;
  InlineChain chain_;
};

} // namespace

llvm::Expected<InlineMap> readInlining(const ElfFile &object) {
  const auto bytes = object.bytes();
  const llvm::MemoryBufferRef buffer(
      llvm::StringRef(std::bit_cast<const char *>(bytes.data()), bytes.size()), object.path());
  auto file = llvm::object::ObjectFile::createELFObjectFile(buffer);
  if (!file)
    return file.takeError();
  const auto context = llvm::DWARFContext::create(**file);
  InlineMap result;
  InlineReader reader(result);
  for (const auto &unit : context->compile_units())
    if (const llvm::DWARFDie die = unit->getUnitDIE(/*ExtractUnitDIEOnly=*/false))
      reader.readUnit(die);
  return result;
}

} // namespace suture::builder

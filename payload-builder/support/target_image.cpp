// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/support/target_image.h"

#include "runtime/format/payload.h"

#include <algorithm>
#include <elf.h>

namespace suture::builder {

namespace {

llvm::Error bad(const std::string &path, const char *why) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), "%s: %s", path.c_str(), why);
}

bool isDefined(const ElfSymbol &symbol) {
  return symbol.section != SHN_UNDEF && symbol.section != SHN_COMMON && !symbol.name.empty() &&
         symbol.type != STT_FILE && symbol.type != STT_SECTION;
}

} // namespace

llvm::Expected<TargetImage> TargetImage::open(const std::string &path) {
  auto file = ElfFile::open(path);
  if (!file)
    return file.takeError();
  if (file->type() != ET_EXEC && file->type() != ET_DYN)
    return bad(path, "is not a linked image of a hypervisor");
  if (file->symbols().empty())
    return bad(path, "has no symbol table; the unstripped image is needed (xen-syms, not xen)");
  TargetImage image(std::move(*file));
  for (const ElfSection &section : image.file_.sections())
    if (section.type == SHT_NOTE && image.buildId_.empty())
      image.buildId_ = findGnuNote(section.bytes, format::noteGnuBuildId);
  if (image.buildId_.empty())
    return bad(path, "has no build-id; link it with --build-id=sha1");
  image.index();
  return image;
}

void TargetImage::index() {
  const auto symbols = file_.symbols();
  for (uint32_t i = 1; i < symbols.size(); ++i) {
    const ElfSymbol &symbol = symbols[i];
    if (!isDefined(symbol))
      continue;
    byName_[symbol.name].push_back({i});
    byLoaderName_[loaderName({i})].push_back({i});
    if (symbol.type != STT_FUNC && symbol.type != STT_OBJECT)
      continue;
    // Of several symbols at one address the one with the largest size speaks for it.
    const auto [entry, isNew] = byAddress_.emplace(symbol.value, SymbolIndex{i});
    if (!isNew && symbols[entry->second.value].size < symbol.size)
      entry->second = {i};
  }
  const auto start = named("imageStart"), end = named("unpatchableEnd");
  if (!start.empty() && !end.empty())
    unpatchable_ = {{symbol(start.front()).value}, {symbol(end.front()).value}};
}

std::span<const SymbolIndex> TargetImage::named(std::string_view name) const {
  const auto found = byName_.find(name);
  return found == byName_.end() ? std::span<const SymbolIndex>() : found->second;
}

bool TargetImage::isUnitLocal(SymbolIndex index) const {
  const ElfSymbol &target = symbol(index);
  return target.binding == STB_LOCAL && target.visibility == STV_DEFAULT;
}

std::string TargetImage::loaderName(SymbolIndex index) const {
  const ElfSymbol &target = symbol(index);
  if (!isUnitLocal(index) || target.file.empty())
    return std::string(target.name);
  return std::string(target.file) + "#" + std::string(target.name);
}

bool TargetImage::isUnique(SymbolIndex index) const {
  const auto found = byLoaderName_.find(loaderName(index));
  return found != byLoaderName_.end() && std::ranges::all_of(found->second, [&](SymbolIndex other) {
           return symbol(other).value == symbol(index).value;
         });
}

std::optional<SymbolIndex> TargetImage::findByLoaderName(std::string_view name) const {
  const auto found = byLoaderName_.find(std::string(name));
  if (found == byLoaderName_.end() || !isUnique(found->second.front()))
    return std::nullopt;
  return found->second.front();
}

std::optional<SymbolIndex> TargetImage::covering(TargetAddress address) const {
  auto next = byAddress_.upper_bound(address.value);
  if (next == byAddress_.begin())
    return std::nullopt;
  --next;
  const ElfSymbol &found = symbol(next->second);
  if (address.value - found.value >= std::max<uint64_t>(found.size, 1))
    return std::nullopt;
  return next->second;
}

std::span<const uint8_t> TargetImage::bytesFrom(TargetAddress address) const {
  for (const ElfSection &section : file_.sections())
    if ((section.flags & SHF_ALLOC) != 0 && address.value >= section.address &&
        address.value - section.address < section.bytes.size())
      return section.bytes.subspan(address.value - section.address);
  return {};
}

std::optional<std::span<const uint8_t>> TargetImage::bytesAt(TargetAddress address,
                                                             uint64_t size) const {
  const auto bytes = bytesFrom(address);
  if (size > bytes.size())
    return std::nullopt;
  return bytes.first(size);
}

bool TargetImage::contains(TargetAddress address, uint64_t size) const {
  return std::ranges::any_of(file_.sections(), [&](const ElfSection &section) {
    return (section.flags & SHF_ALLOC) != 0 && address.value >= section.address &&
           address.value - section.address <= section.size &&
           size <= section.size - (address.value - section.address);
  });
}

} // namespace suture::builder

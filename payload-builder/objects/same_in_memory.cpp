// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/same_in_memory.h"

#include <algorithm>
#include <elf.h>
#include <fmt/format.h>
#include <map>
#include <optional>

namespace suture::builder {

namespace {

bool isCounted(const ElfSection &section) {
  return (section.flags & SHF_ALLOC) != 0 && section.type != SHT_NOTE;
}

/// Everything that counts, as text; nullopt where it cannot be read.
class MemoryImage final {
public:
  static std::optional<std::string> of(const ElfFile &file) {
    MemoryImage image(file);
    for (uint32_t i = 0; i < file.sections().size(); ++i)
      if (isCounted(file.sections()[i]))
        image.places_.emplace(i, image.places_.size());
    for (const auto &[index, place] : image.places_)
      if (!image.addSection(index))
        return std::nullopt;
    image.addSymbols();
    return std::move(image.text_);
  }

private:
  explicit MemoryImage(const ElfFile &file) : file_(file) {}

  bool addSection(uint32_t index) {
    const ElfSection &section = file_.sections()[index];
    text_ += fmt::format("{} {} {} {} {}\n", section.name, section.type, section.flags,
                         section.alignment, section.size);
    text_.append(section.bytes.begin(), section.bytes.end());
    auto relocations = file_.relocations(SectionIndex{index});
    if (!relocations) {
      llvm::consumeError(relocations.takeError()); // Then it is compiled and compared in full.
      return false;
    }
    for (const ElfRelocation &relocation : *relocations)
      text_ += fmt::format("{:x} {} {:x} {}\n", relocation.offset, relocation.type,
                           relocation.addend, describe(file_.symbol(relocation.symbol)));
    return true;
  }

  std::string describe(const ElfSymbol &symbol) const {
    const auto place = places_.find(symbol.section);
    return fmt::format("{} {} {} {:x}", nameThatCounts(symbol),
                       place == places_.end() ? -1 : static_cast<int64_t>(place->second),
                       symbol.binding, symbol.value);
  }

  void addSymbols() {
    std::vector<std::string> symbols;
    for (const ElfSymbol &symbol : file_.symbols())
      if (symbol.type != STT_FILE && symbol.type != STT_SECTION && places_.contains(symbol.section))
        symbols.push_back(
            fmt::format("{} {} {}\n", describe(symbol), symbol.size, symbol.visibility));
    std::ranges::sort(symbols);
    for (const std::string &symbol : symbols)
      text_ += symbol;
  }

  const ElfFile &file_;
  /// Sections that count, by index, with their place among themselves.
  std::map<uint32_t, size_t> places_;
  std::string text_;
};

} // namespace

std::string_view nameThatCounts(const ElfSymbol &symbol) {
  return symbol.binding == STB_LOCAL && symbol.name.starts_with(".L") ? "" : symbol.name;
}

bool areSameInMemory(const ElfFile &a, const ElfFile &b) {
  const auto imageOfA = MemoryImage::of(a), imageOfB = MemoryImage::of(b);
  return imageOfA && imageOfB && *imageOfA == *imageOfB;
}

} // namespace suture::builder

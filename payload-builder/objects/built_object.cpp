// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/built_object.h"

// A change to a header that every unit sees asks for hundreds of units to be compiled twice, with a
// section for each function, to find the few whose code differs. The build has left their base
// objects, made with exactly the recorded flags; one more compile with these flags in the patched
// state says for most of them that nothing differs at all.
//
// Xen's build writes `./.name.o.tmp` and makes `name.o` of it by giving the source file's symbol a
// longer name.

#include "payload-builder/support/text_file.h"
#include "payload-builder/units/compile_commands.h"

#include <algorithm>
#include <elf.h>
#include <filesystem>
#include <fmt/format.h>
#include <map>

namespace suture::builder {

namespace {

namespace fs = std::filesystem;

/// What the command's output is called in the end.
fs::path finalName(fs::path output) {
  const std::string name = output.filename().string();
  if (name.starts_with('.') && name.ends_with(".o.tmp"))
    output.replace_filename(name.substr(1, name.size() - 1 - std::string_view(".tmp").size()));
  return output;
}

std::string dependencyFile(const CompileCommand &command) {
  const auto found = std::ranges::find(command.arguments, "-MF");
  if (found == command.arguments.end() || found + 1 == command.arguments.end())
    return {};
  return *(found + 1);
}

bool isNoNewer(const fs::path &path, fs::file_time_type time) {
  std::error_code error;
  const auto own = fs::last_write_time(path, error);
  return !error && own <= time;
}

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
    return fmt::format("{} {} {} {:x}", symbol.name,
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

std::optional<ElfFile> openBuiltObject(const CompileCommand &command) {
  const fs::path directory = command.directory;
  const fs::path output = finalName(directory / command.output);
  const std::string dependencies = dependencyFile(command);
  std::error_code error;
  const auto time = fs::last_write_time(output, error);
  if (error || dependencies.empty())
    return std::nullopt;
  auto text = readFile((directory / dependencies).string());
  if (!text) {
    // Without it nothing is known of the object's age.
    llvm::consumeError(text.takeError());
    return std::nullopt;
  }
  const auto inputs = parseDependencyFile(*text);
  if (inputs.empty() || !std::ranges::all_of(inputs, [&](const std::string &input) {
        return isNoNewer(directory / input, time);
      }))
    return std::nullopt;
  auto file = ElfFile::open(output.string());
  if (file && file->type() == ET_REL)
    return std::move(*file);
  if (!file)
    llvm::consumeError(file.takeError()); // No object: nothing to compare with.
  return std::nullopt;
}

bool areSameInMemory(const ElfFile &a, const ElfFile &b) {
  const auto imageOfA = MemoryImage::of(a), imageOfB = MemoryImage::of(b);
  return imageOfA && imageOfB && *imageOfA == *imageOfB;
}

} // namespace suture::builder

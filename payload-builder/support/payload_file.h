// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/support/elf_file.h"

#include <llvm/Support/Error.h>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace suture::builder {

/// One entry of `.livepatch.funcs`, with its relocations resolved as far as the file alone allows.
struct PayloadFunction {
  /// As the payload names the patched function; empty: none.
  std::string name;
  /// Address of the patched function; 0: the loader looks the name up.
  uint64_t oldAddress = 0;
  uint32_t oldSize = 0, newSize = 0;
  uint8_t version = 0;
  /// The new code: section and offset in it; nullopt for a NOP patch.
  std::optional<SectionIndex> section;
  uint64_t offset = 0;
  /// Bytes expected at the patched address; empty: none.
  std::vector<uint8_t> expectation;
};

/// A payload file, of whatever origin, as far as it can be read.
class PayloadFile final {
public:
  /// Errors: as ElfFile::open(); not a relocatable file; `.livepatch.funcs` of a size that is no
  /// multiple of an entry; a name or code that its relocations do not lead to.
  static llvm::Expected<PayloadFile> open(const std::string &path);
  static llvm::Expected<PayloadFile> fromBytes(std::string bytes, const std::string &name);

  const ElfFile &file() const { return file_; }
  const std::vector<PayloadFunction> &functions() const { return functions_; }
  /// Build-ids; empty where the note is missing.
  std::span<const uint8_t> buildId() const;
  std::span<const uint8_t> depends() const;
  std::span<const uint8_t> xenDepends() const;
  /// `.modinfo`, in its order; an entry without `=` has an empty value.
  std::vector<std::pair<std::string, std::string>> modinfo() const;
  /// `.suture.diff` and `.suture.report`; nullopt where the section is missing.
  std::optional<std::string> diff() const;
  std::optional<std::string> report() const;
  /// Constants of the target that the report says this payload has other values of, as the loader
  /// names symbols.
  std::vector<std::string> replacedConstants() const;
  /// Hook sections with the number of hooks in each, by section name.
  std::map<std::string, size_t> hooks() const;

private:
  explicit PayloadFile(ElfFile file) : file_(std::move(file)) {}
  static llvm::Expected<PayloadFile> parse(ElfFile file);
  llvm::Error readFunctions();
  std::optional<std::string> textOf(std::string_view section) const;
  std::span<const uint8_t> noteOf(std::string_view section) const;

  ElfFile file_;
  std::vector<PayloadFunction> functions_;
};

/// Lower-case hexadecimal.
std::string toHex(std::span<const uint8_t> bytes);

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/support/address.h"
#include "payload-builder/support/elf_file.h"

#include <cstdint>
#include <llvm/Support/Error.h>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace suture::builder {

/// Addresses from start to before end.
struct TargetRange {
  TargetAddress start, end;
  bool contains(TargetAddress address) const { return start <= address && address < end; }
};

/// The target's unstripped ELF, indexed. Opening reads headers and the symbol table alone: debug
/// information is never touched, and bytes are mapped.
class TargetImage final {
public:
  /// Errors: as ElfFile::open(); not an executable; no symbol table; no build-id.
  static llvm::Expected<TargetImage> open(const std::string &path);

  const ElfFile &file() const { return file_; }
  /// The description of its NT_GNU_BUILD_ID note.
  std::span<const uint8_t> buildId() const { return buildId_; }
  const ElfSymbol &symbol(SymbolIndex index) const { return file_.symbol(index); }

  /// Defined symbols of that plain name, in the order of the symbol table.
  std::span<const SymbolIndex> named(std::string_view name) const;
  /// Whether the symbol is of one unit alone. A linker makes hidden globals local, but leaves the
  /// visibility: those are not.
  bool isUnitLocal(SymbolIndex index) const;
  /// The name under which the running target knows a symbol: `name`, or `file.c#name` for one that
  /// is local to its unit.
  std::string loaderName(SymbolIndex index) const;
  /// Whether no other symbol of the target at another address has that loader name.
  bool isUnique(SymbolIndex index) const;
  /// The symbol with that loader name; none where it is missing or not unique.
  std::optional<SymbolIndex> findByLoaderName(std::string_view name) const;
  /// The function or object that holds an address.
  std::optional<SymbolIndex> covering(TargetAddress address) const;

  /// Bytes as the ELF has them; nullopt where not all of [address, address + size) has contents.
  /// Zero-initialised memory has none.
  std::optional<std::span<const uint8_t>> bytesAt(TargetAddress address, uint64_t size) const;
  /// All bytes from an address to the end of its section; empty where there are none.
  std::span<const uint8_t> bytesFrom(TargetAddress address) const;
  /// Code that may not be patched, as the image says it: from its symbol `imageStart` to its symbol
  /// `unpatchableEnd`. Empty where it has no such symbols.
  TargetRange unpatchable() const { return unpatchable_; }
  /// Whether [address, address + size) lies in an allocated section.
  bool contains(TargetAddress address, uint64_t size) const;

private:
  explicit TargetImage(ElfFile file) : file_(std::move(file)) {}
  void index();

  ElfFile file_;
  std::span<const uint8_t> buildId_;
  TargetRange unpatchable_;
  std::unordered_map<std::string_view, std::vector<SymbolIndex>> byName_;
  std::unordered_map<std::string, std::vector<SymbolIndex>> byLoaderName_;
  std::map<uint64_t, SymbolIndex> byAddress_;
};

} // namespace suture::builder

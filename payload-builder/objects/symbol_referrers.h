// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/unit_compiler.h"
#include "payload-builder/support/elf_file.h"
#include "payload-builder/support/unit.h"

#include <llvm/Support/Error.h>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace suture::builder {

/// Which units refer to which symbols, by the symbol tables of their base objects.
class SymbolReferrers final {
public:
  /// Reads all objects: those that the build left, and where one cannot be trusted it is compiled.
  /// Errors: as compileUnit(), of all units.
  static llvm::Expected<SymbolReferrers> create(const UnitCompiler &compiler,
                                                std::vector<Unit> units);

  /// Units whose object refers to the symbol and does not define it, in order. Assembly counts only
  /// where what it does at boot is not all.
  std::vector<Unit> of(std::string_view symbol) const { return listed(referrers_, symbol); }
  /// Units that define it, but give way to another definition.
  std::vector<Unit> weakDefinersOf(std::string_view symbol) const {
    return listed(weakDefiners_, symbol);
  }

private:
  using Index = std::map<std::string, std::set<size_t>, std::less<>>;

  llvm::Error add(size_t unit, const ElfFile &object);
  std::vector<Unit> listed(const Index &index, std::string_view symbol) const;

  std::vector<Unit> units_;
  Index referrers_, weakDefiners_;
};

} // namespace suture::builder

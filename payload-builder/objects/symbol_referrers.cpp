// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/symbol_referrers.h"

#include "payload-builder/objects/section_role.h"
#include "payload-builder/support/parallel.h"

#include <elf.h>
#include <mutex>
#include <utility>

namespace suture::builder {

namespace {

bool isGoneAfterBoot(SectionRole role) {
  return role == SectionRole::InitText || role == SectionRole::InitData ||
         role == SectionRole::Ignored;
}

/// Symbols that relocations of sections which stay refer to.
llvm::Expected<std::set<uint32_t>> symbolsThatStay(const ElfFile &object) {
  std::set<uint32_t> result;
  for (uint32_t i = 0; i < object.sections().size(); ++i) {
    if (isGoneAfterBoot(roleOf(object.sections()[i])))
      continue;
    auto relocations = object.relocations({i});
    if (!relocations)
      return relocations.takeError();
    for (const ElfRelocation &relocation : *relocations)
      result.insert(relocation.symbol.value);
  }
  return result;
}

} // namespace

llvm::Error SymbolReferrers::add(size_t unit, const ElfFile &object) {
  std::set<uint32_t> stay;
  const bool isAssembly = units_[unit].language == Language::Assembly;
  if (isAssembly) {
    auto symbols = symbolsThatStay(object);
    if (!symbols)
      return symbols.takeError();
    stay = std::move(*symbols);
  }
  const auto symbols = object.symbols();
  for (uint32_t i = 1; i < symbols.size(); ++i) {
    if (symbols[i].name.empty())
      continue;
    if (symbols[i].section == SHN_UNDEF) {
      if (!isAssembly || stay.contains(i))
        referrers_[std::string(symbols[i].name)].insert(unit);
    } else if (symbols[i].binding == STB_WEAK) {
      weakDefiners_[std::string(symbols[i].name)].insert(unit);
    }
  }
  return llvm::Error::success();
}

llvm::Expected<SymbolReferrers> SymbolReferrers::create(const UnitCompiler &compiler,
                                                        std::vector<Unit> units) {
  SymbolReferrers result;
  result.units_ = std::move(units);
  std::mutex lock;
  if (llvm::Error error = tryParallelFor(result.units_.size(), [&](size_t i) -> llvm::Error {
        auto object = compiler.builtBase(result.units_[i]);
        if (!object)
          return object.takeError();
        const std::lock_guard<std::mutex> locked(lock);
        return result.add(i, *object);
      }))
    return error;
  return result;
}

std::vector<Unit> SymbolReferrers::listed(const Index &index, std::string_view symbol) const {
  std::vector<Unit> result;
  if (const auto found = index.find(symbol); found != index.end())
    for (const size_t unit : found->second)
      result.push_back(units_[unit]);
  return result;
}

} // namespace suture::builder

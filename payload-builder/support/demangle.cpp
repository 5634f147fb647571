// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/support/demangle.h"

#include <cstdlib>
#include <llvm/Demangle/Demangle.h>
#include <memory>

namespace suture::builder {

std::string demangle(std::string_view symbolName) {
  if (!symbolName.starts_with("_Z"))
    return std::string(symbolName);
  return llvm::demangle(symbolName);
}

std::string shortName(std::string_view symbolName) {
  if (!symbolName.starts_with("_Z"))
    return std::string(symbolName);
  const std::string terminated(symbolName);
  llvm::ItaniumPartialDemangler demangler;
  if (demangler.partialDemangle(terminated.c_str()))
    return terminated;
  size_t size = 0;
  const auto release = [](char *text) { std::free(text); };
  const std::unique_ptr<char, decltype(release)> name(
      demangler.isFunction() ? demangler.getFunctionName(nullptr, &size)
                             : demangler.finishDemangle(nullptr, &size));
  return name != nullptr ? std::string(name.get()) : terminated;
}

} // namespace suture::builder

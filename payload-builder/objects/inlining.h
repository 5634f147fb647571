// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/support/elf_file.h"

#include <llvm/Support/Error.h>
#include <map>
#include <string>
#include <vector>

namespace suture::builder {

/// Names of functions inlined one into the other, the outermost first.
using InlineChain = std::vector<std::string>;

/// By a function's linkage name: every chain of functions that were inlined into it.
using InlineMap = std::map<std::string, std::vector<InlineChain>, std::less<>>;

/// Reads from an object's debug information which functions were inlined where. The compiler's own
/// record: it is exact where debug information is there, and empty where it is not.
/// Errors: debug information that cannot be read.
llvm::Expected<InlineMap> readInlining(const ElfFile &object);

} // namespace suture::builder

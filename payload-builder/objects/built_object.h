// SPDX-License-Identifier: Apache-2.0
#pragma once
// The object that the build left behind for a unit.

#include "payload-builder/support/elf_file.h"
#include "payload-builder/support/unit.h"

#include <optional>

namespace suture::builder {

/// The object that the build left for a command, if it is known what that read and nothing of it is
/// newer; nullopt: there is none that could be trusted.
std::optional<ElfFile> openBuiltObject(const CompileCommand &command);

} // namespace suture::builder

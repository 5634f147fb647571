// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/support/elf_file.h"

#include <set>
#include <string>

namespace suture::builder {

/// What the compilers of an object or an image call themselves: the strings of `.comment`. Empty
/// where there are none.
std::set<std::string> compilersOf(const ElfFile &file);

} // namespace suture::builder

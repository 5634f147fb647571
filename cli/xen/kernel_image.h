// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/client/client_error.h"

#include <string>

namespace suture::xen {

/// Unpacks the kernel that lies packed in a bzImage, so that Xen need not do it on emulated CPUs.
/// \param image  a Linux kernel for x86 as packages have it.  \param to  gets its ELF file.
/// \returns false, and nothing is at `to`, where that cannot be done here: no bzImage of boot
/// protocol 2.08 or later, a compression other than gzip, xz and zstd, or its program is not
/// installed. `image` itself then boots too.
/// Errors: Failed (the image cannot be read, no room for the file).
/// Source: Linux Documentation/arch/x86/boot.rst, payload_offset and payload_length.
client::Expected<bool> unpackKernel(const std::string &image, const std::string &to);

} // namespace suture::xen

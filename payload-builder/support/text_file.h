// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <llvm/Support/Error.h>
#include <string>
#include <string_view>

namespace suture::builder {

/// All bytes of a file. Errors: the system's, with the path.
llvm::Expected<std::string> readFile(const std::string &path);

/// Replaces a file's contents; the folder must be there. Errors: the system's (a full disk too),
/// with the path; what was written of it is removed then.
llvm::Error writeFile(const std::string &path, std::string_view bytes);

} // namespace suture::builder

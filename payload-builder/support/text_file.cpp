// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/support/text_file.h"

#include <cerrno>
#include <cstdio>
#include <llvm/Support/MemoryBuffer.h>
#include <memory>
#include <system_error>

namespace suture::builder {

llvm::Expected<std::string> readFile(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return llvm::createFileError(path, buffer.getError());
  return (*buffer)->getBuffer().str();
}

llvm::Error writeFile(const std::string &path, std::string_view bytes) {
  std::FILE *file = std::fopen(path.c_str(), "wbe");
  if (file == nullptr)
    return llvm::createFileError(path, std::error_code(errno, std::generic_category()));
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  const int writeError = errno;
  // A full disk may show only when the last buffer is flushed.
  const bool closed = std::fclose(file) == 0;
  if (written && closed)
    return llvm::Error::success();
  const int code = written ? errno : writeError;
  std::remove(path.c_str());
  return llvm::createFileError(path, std::error_code(code, std::generic_category()));
}

} // namespace suture::builder

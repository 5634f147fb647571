// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/support/content_hash.h"

#include <llvm/Support/BLAKE3.h>

namespace suture::builder {

ContentHash contentHash(std::string_view bytes) {
  return llvm::BLAKE3::hash(
      llvm::ArrayRef<uint8_t>(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
}

} // namespace suture::builder

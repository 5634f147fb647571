// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <llvm/Support/Error.h>

namespace suture::builder {

/// Calls work(0) to work(count - 1), each once, on as many threads as the machine has cores, the
/// calling one included; returns when all are done. Order is open: work writes its result to its
/// own slot.
void parallelFor(size_t count, const std::function<void(size_t index)> &work);

/// The same for work that may fail. Returns what failed, in the order of the indices.
llvm::Error tryParallelFor(size_t count, const std::function<llvm::Error(size_t index)> &work);

} // namespace suture::builder

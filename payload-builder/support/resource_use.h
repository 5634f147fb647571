// SPDX-License-Identifier: Apache-2.0
#pragma once
// What this process and the programs that it ran have used.

#include <cstdint>

namespace suture::builder {

/// Processor time of this process, all threads; seconds.
double ownCpuSeconds();

struct ChildrenUse {
  double cpuSeconds = 0;
  /// Of the one that had most.
  uint64_t peakBytes = 0;
};

/// Of the programs that ran and ended.
ChildrenUse compilersUse();

/// Forgets the peak of this process so far. Where the kernel does not allow that, it stays.
void resetPeakMemory();
/// Most bytes of memory that this process had since then; 0: not known.
uint64_t peakMemory();

} // namespace suture::builder

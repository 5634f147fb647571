// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/support/resource_use.h"

#include <fstream>
#include <string>
#include <sys/resource.h>

namespace suture::builder {

namespace {

constexpr uint64_t kibibyte = 1024;

double secondsOf(const rusage &use) {
  const auto seconds = [](const timeval &time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

} // namespace

double ownCpuSeconds() {
  rusage use = {};
  ::getrusage(RUSAGE_SELF, &use);
  return secondsOf(use);
}

ChildrenUse compilersUse() {
  rusage use = {};
  ::getrusage(RUSAGE_CHILDREN, &use);
  return {secondsOf(use), static_cast<uint64_t>(use.ru_maxrss) * kibibyte};
}

// Linux, Documentation/filesystems/proc.rst: 5 resets the peak resident set size.
void resetPeakMemory() { std::ofstream("/proc/self/clear_refs") << '5'; }

uint64_t peakMemory() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (uint64_t size = 0; word == "VmHWM:" && status >> size)
      return size * kibibyte;
  return 0;
}

} // namespace suture::builder

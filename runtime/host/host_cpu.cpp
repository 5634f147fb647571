// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/host_cpu.h"

#include <chrono>
#include <thread>

#include <cpuid.h>
#include <x86intrin.h>

namespace suture::host {

uint64_t HostCpu::nowNs() noexcept {
  using std::chrono::nanoseconds, std::chrono::steady_clock;
  return static_cast<uint64_t>(nanoseconds(steady_clock::now().time_since_epoch()).count());
}

uint64_t HostCpu::nowTicks() noexcept { return __rdtsc(); }

void HostCpu::relax() noexcept { std::this_thread::yield(); }

void HostCpu::serialise() noexcept {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  __cpuid(0, eax, ebx, ecx, edx);
}

} // namespace suture::host

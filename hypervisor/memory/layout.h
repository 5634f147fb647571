// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where things lie in the hypervisor's address space. Top-level entries 256 (direct map), 320
// (stacks) and 511 (image and payloads) are the same for all CPUs; entry 384 is each CPU's own.
//
//   0xffff8000'00000000  direct map: machine address + base. Memory RW, devices RW uncached;
//                        the image's text and constants read-only; payload memory not at all
//   0xffffa000'00000000  stacks, a guard page below each
//   0xffffc000'00000000  CPU-local: temporary aliases for writing to text (livepatch/text_alias.h)
//   0xffffffff'80000000  the image, at machine address + base
//   0xffffffff'a0000000  payload memory, up to 1 GiB: within 2 GiB of everything in the image

#include "hypervisor/lib/address.h"

namespace suture::hv::layout {

inline constexpr HvVirt directMap{0xffff'8000'0000'0000};
inline constexpr HvVirt stacks{0xffff'a000'0000'0000};
inline constexpr HvVirt cpuLocal{0xffff'c000'0000'0000};
inline constexpr HvVirt image{0xffff'ffff'8000'0000};
inline constexpr HvVirt payloads{0xffff'ffff'a000'0000};
inline constexpr uint64_t payloadsMaxSize = uint64_t{1} << 30;

/// The direct map's address of machine memory.
template <class T> T *direct(HvPhys address) {
  return reinterpret_cast<T *>((directMap + address.value).value);
}

/// Machine address of something in the direct map.
inline HvPhys physOfDirect(const void *pointer) {
  return {reinterpret_cast<uint64_t>(pointer) - directMap.value};
}

/// Machine address of something in the image.
inline HvPhys physOfImage(const void *pointer) {
  return {reinterpret_cast<uint64_t>(pointer) - image.value};
}

} // namespace suture::hv::layout

// SPDX-License-Identifier: Apache-2.0
#include "cli/xen/scripted_xen.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

namespace suture::xen {

namespace {

constexpr size_t pageSize = 4096;

int failWith(int errnoValue) {
  errno = errnoValue;
  return -1;
}

int asLibrary(int result) { return result < 0 ? failWith(-result) : result; }

} // namespace

/// The functions themselves; the open "handle" is the ScriptedXen.
struct ScriptedXenFunctions {
  static inline ScriptedXen *current = nullptr;

  static void *open(void *, unsigned) {
    if (current->openErrno == 0)
      return current;
    errno = current->openErrno;
    return nullptr;
  }
  static int close(void *) { return 0; }
  static int call1(void *handle, unsigned hypercall, uint64_t argument) {
    auto &xen = *static_cast<ScriptedXen *>(handle);
    return hypercall == sysctlHypercall ? asLibrary(xen.sysctl(argument)) : failWith(ENOSYS);
  }
  static int call2(void *handle, unsigned hypercall, uint64_t first, uint64_t second) {
    auto &xen = *static_cast<ScriptedXen *>(handle);
    if (hypercall != xenVersionHypercall)
      return failWith(ENOSYS);
    if (first == versionNumber)
      return (4 << 16) | 17;
    if (first == versionExtra) {
      std::byte *text = xen.reach(second, extraVersionSize);
      if (text == nullptr)
        return failWith(EFAULT);
      std::memcpy(text, ".7", 3);
      return 0;
    }
    auto *id = xen.reach(second, sizeof(BuildId));
    if (xen.buildId.empty())
      return failWith(ENODATA);
    std::memcpy(id + offsetof(BuildId, bytes), xen.buildId.data(), xen.buildId.size());
    return static_cast<int>(xen.buildId.size());
  }
  static void *allocate(void *handle, size_t pages) {
    auto &xen = *static_cast<ScriptedXen *>(handle);
    // One page more, which nobody may touch.
    void *memory = mmap(nullptr, (pages + 1) * pageSize, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
      return nullptr;
    mprotect(static_cast<std::byte *>(memory) + pages * pageSize, pageSize, PROT_NONE);
    xen.regions_[std::bit_cast<uintptr_t>(memory)] = pages * pageSize;
    return memory;
  }
  static void free(void *handle, void *memory, size_t pages) {
    auto &xen = *static_cast<ScriptedXen *>(handle);
    const auto region = xen.regions_.find(std::bit_cast<uintptr_t>(memory));
    if (region == xen.regions_.end() || region->second != pages * pageSize)
      std::abort(); // freed twice, or with another size
    xen.regions_.erase(region);
    munmap(memory, (pages + 1) * pageSize);
  }
};

ScriptedXen::ScriptedXen() { ScriptedXenFunctions::current = this; }
ScriptedXen::~ScriptedXen() { ScriptedXenFunctions::current = nullptr; }

XencallFunctions ScriptedXen::functions() {
  using Functions = ScriptedXenFunctions;
  return {Functions::open,  Functions::close,    Functions::call1,
          Functions::call2, Functions::allocate, Functions::free};
}

std::byte *ScriptedXen::reach(uint64_t address, size_t size) const {
  auto region = regions_.upper_bound(address);
  if (region == regions_.begin())
    return nullptr;
  --region;
  const uint64_t offset = address - region->first;
  if (offset > region->second || size > region->second - offset)
    return nullptr;
  return std::bit_cast<std::byte *>(static_cast<uintptr_t>(address));
}

int ScriptedXen::readConsole(ReadConsole &request) const {
  // As Xen's read_console_ring() while the ring has not wrapped.
  const size_t start =
      request.incremental != 0 && request.index <= console.size() ? request.index : 0;
  const size_t size = std::min<size_t>(request.count, console.size() - start);
  std::byte *to = reach(request.buffer, request.count);
  if (to == nullptr)
    return -EFAULT;
  std::memcpy(to, console.data() + start, size);
  request.count = static_cast<uint32_t>(size);
  request.index = static_cast<uint32_t>(start + size);
  return 0;
}

int ScriptedXen::sysctl(uint64_t address) {
  std::byte *memory = reach(address, sizeof(Sysctl));
  if (memory == nullptr)
    return -EFAULT;
  Sysctl op;
  std::memcpy(&op, memory, sizeof(op));
  versionsAsked.push_back(op.interfaceVersion);
  if (op.interfaceVersion != interfaceVersion)
    return -EACCES;
  int result = -ENOSYS;
  if (op.command == static_cast<uint32_t>(SysctlCommand::Livepatch))
    result = livepatch(op.u.livepatch);
  else if (op.command == static_cast<uint32_t>(SysctlCommand::ReadConsole))
    result = readConsole(op.u.readConsole);
  if (result != -ENOSYS && result != -EOPNOTSUPP)
    std::memcpy(memory, &op, sizeof(op));
  return result;
}

} // namespace suture::xen

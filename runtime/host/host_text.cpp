// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/host_text.h"

#include <cstring>

#include <sys/mman.h>
#include <unistd.h>

namespace suture::host {
namespace {

constexpr uint64_t pageSize = 4096;

} // namespace

HostText::HostText(std::span<const std::byte> code) : code_(code) {
  const auto first = reinterpret_cast<uint64_t>(code.data()) / pageSize * pageSize;
  const auto end = reinterpret_cast<uint64_t>(code.data() + code.size());
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the start of a page that exists.
  start_ = reinterpret_cast<std::byte *>(first);
  size_ = (end - first + pageSize - 1) / pageSize * pageSize;

  const int file = memfd_create("patchable text", MFD_CLOEXEC);
  if (file < 0)
    return;
  void *alias = MAP_FAILED;
  if (ftruncate(file, static_cast<off_t>(size_)) == 0)
    alias = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (alias != MAP_FAILED) {
    std::memcpy(alias, start_, size_);
    if (mmap(start_, size_, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, file, 0) != MAP_FAILED)
      alias_ = static_cast<std::byte *>(alias);
    else
      munmap(alias, size_);
  }
  close(file);
}

HostText::~HostText() {
  // The view stays: the program still runs there.
  if (alias_ != nullptr)
    munmap(alias_, size_);
}

bool HostText::contains(HvVirt address, uint64_t size) const noexcept {
  const uint64_t offset = address.value - reinterpret_cast<uint64_t>(code_.data());
  return offset < code_.size() && size <= code_.size() - offset;
}

std::byte *HostText::aliasOf(HvVirt address) const noexcept {
  return alias_ + (address.value - reinterpret_cast<uint64_t>(start_));
}

} // namespace suture::host

// SPDX-License-Identifier: Apache-2.0
#pragma once
// libxencall, Xen's stable way to make hypercalls from a domain, found when it is needed: the same
// program runs where it is absent.

#include "cli/client/client_error.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace suture::xen {

/// libxencall's functions as its header declares them (xencall.h, VERS_1.0), taken by name.
struct XencallFunctions {
  void *(*open)(void *logger, unsigned flags) = nullptr;
  int (*close)(void *handle) = nullptr;
  int (*call1)(void *handle, unsigned hypercall, uint64_t argument) = nullptr;
  int (*call2)(void *handle, unsigned hypercall, uint64_t first, uint64_t second) = nullptr;
  void *(*allocatePages)(void *handle, size_t pages) = nullptr;
  void (*freePages)(void *handle, void *memory, size_t pages) = nullptr;
};

/// Loads libxencall.so.1; it stays loaded.
/// Errors: Failed with ENOENT (not installed, says which package has it).
client::Expected<XencallFunctions> loadXencall();

/// An open door to the hypervisor.
/// Context: one thread.
class Xencall final {
public:
  /// Memory that a hypercall may read and write, zeroed; whole pages of its own.
  class Memory final {
  public:
    Memory() {}
    std::span<std::byte> bytes() const { return {data_.get(), size_}; }
    uint64_t address() const { return reinterpret_cast<uintptr_t>(data_.get()); }

  private:
    friend class Xencall;
    struct Free {
      Free() : owner(nullptr), pages(0) {}
      Free(const Xencall *from, size_t count) : owner(from), pages(count) {}
      void operator()(std::byte *memory) const;
      const Xencall *owner;
      size_t pages;
    };
    Memory(std::byte *memory, size_t size, Free free) : data_(memory, free), size_(size) {}
    std::unique_ptr<std::byte, Free> data_;
    size_t size_ = 0;
  };

  /// Opens the privileged command device.
  /// Errors: Unreachable, with the errno that opening gave.
  static client::Expected<std::unique_ptr<Xencall>> open(const XencallFunctions &functions);
  Xencall(const Xencall &) = delete;
  Xencall &operator=(const Xencall &) = delete;
  ~Xencall() { functions_.close(handle_); }

  /// \param size  bytes; 0 gives memory without an address. The memory must not outlive this.
  /// Errors: Failed with ENOMEM.
  client::Expected<Memory> allocate(size_t size) const;

  /// \returns 0 or more, or a negated errno.
  int call(unsigned hypercall, uint64_t argument) const;
  int call(unsigned hypercall, uint64_t first, uint64_t second) const;

private:
  Xencall(const XencallFunctions &functions, void *handle)
      : functions_(functions), handle_(handle) {}

  XencallFunctions functions_;
  void *handle_;
};

} // namespace suture::xen

// SPDX-License-Identifier: Apache-2.0
// The interface of libxencall (and of the two libraries that libxenctrl opens beside it), so that
// Xen's own tools can be pointed at a hypervisor that is not below this system:
//
//   LD_PRELOAD=libsuture_xencall.so SUTURE_TARGET=unix:SOCKET xen-livepatch list
//
// SUTURE_TARGET is what `suture --target` takes; the default is the running `suture vm`. Of
// hypercalls there are those that xen-livepatch makes; memory of other domains and device models
// there are none, but opening them succeeds, as libxenctrl asks.
// Source: Xen tools/include/{xencall,xenforeignmemory,xendevicemodel}.h.

#include "cli/target/target.h"
#include "cli/xen/interface.h"
#include "cli/xencall_shim/hypercalls.h"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>

using suture::shim::HypercallMemory;
using suture::shim::Hypercalls;

namespace {

constexpr size_t pageSize = 4096;

int asLibrary(int result) {
  if (result >= 0)
    return result;
  errno = -result;
  return -1;
}

/// What stands before the memory of xencall_alloc_buffer(), to know its size again.
struct AllocationHeader {
  size_t pages;
  size_t padding;
};

} // namespace

/// What a handle of libxencall is here.
struct xencall_handle {
  explicit xencall_handle(suture::client::Call call) : hypercalls(std::move(call), memory) {}

  HypercallMemory memory;
  Hypercalls hypercalls;
};

extern "C" {

struct xentoollog_logger;
struct xenforeignmemory_handle;
struct xendevicemodel_handle;

xencall_handle *xencall_open(xentoollog_logger *logger, unsigned flags);
int xencall_close(xencall_handle *handle);
int xencall_fd(xencall_handle *handle);
int xencall0(xencall_handle *handle, unsigned hypercall);
int xencall1(xencall_handle *handle, unsigned hypercall, uint64_t a);
int xencall2(xencall_handle *handle, unsigned hypercall, uint64_t a, uint64_t b);
int xencall3(xencall_handle *handle, unsigned hypercall, uint64_t a, uint64_t b, uint64_t c);
int xencall4(xencall_handle *handle, unsigned hypercall, uint64_t a, uint64_t b, uint64_t c,
             uint64_t d);
int xencall5(xencall_handle *handle, unsigned hypercall, uint64_t a, uint64_t b, uint64_t c,
             uint64_t d, uint64_t e);
long xencall2L(xencall_handle *handle, unsigned hypercall, uint64_t a, uint64_t b);
void *xencall_alloc_buffer_pages(xencall_handle *handle, size_t pages);
void xencall_free_buffer_pages(xencall_handle *handle, void *memory, size_t pages);
void *xencall_alloc_buffer(xencall_handle *handle, size_t size);
void xencall_free_buffer(xencall_handle *handle, void *memory);
int xencall_buffers_never_fault(xencall_handle *handle);
xenforeignmemory_handle *xenforeignmemory_open(xentoollog_logger *logger, unsigned flags);
int xenforeignmemory_close(xenforeignmemory_handle *handle);
xendevicemodel_handle *xendevicemodel_open(xentoollog_logger *logger, unsigned flags);
int xendevicemodel_close(xendevicemodel_handle *handle);

xencall_handle *xencall_open(xentoollog_logger *, unsigned) {
  const char *text = std::getenv("SUTURE_TARGET");
  auto spec = suture::target::parseTarget(text != nullptr ? text : "");
  auto target =
      spec ? suture::target::openTarget(*spec, nullptr)
           : suture::client::Expected<suture::target::Target>(std::unexpected(spec.error()));
  if (!target) {
    std::fprintf(stderr, "suture: %s\n", target.error().reason.c_str());
    errno = target.error().errnoValue > 0 ? target.error().errnoValue : EIO;
    return nullptr;
  }
  return new (std::nothrow) xencall_handle(std::move(target->call));
}

int xencall_close(xencall_handle *handle) {
  delete handle;
  return 0;
}

int xencall_fd(xencall_handle *) { return -1; }

int xencall1(xencall_handle *handle, unsigned hypercall, uint64_t a) {
  return asLibrary(hypercall == suture::xen::sysctlHypercall ? handle->hypercalls.sysctl(a)
                                                             : -ENOSYS);
}

int xencall2(xencall_handle *handle, unsigned hypercall, uint64_t a, uint64_t b) {
  return asLibrary(hypercall == suture::xen::xenVersionHypercall
                       ? handle->hypercalls.xenVersion(a, b)
                       : -ENOSYS);
}

int xencall0(xencall_handle *, unsigned) { return asLibrary(-ENOSYS); }
int xencall3(xencall_handle *, unsigned, uint64_t, uint64_t, uint64_t) {
  return asLibrary(-ENOSYS);
}
int xencall4(xencall_handle *, unsigned, uint64_t, uint64_t, uint64_t, uint64_t) {
  return asLibrary(-ENOSYS);
}
int xencall5(xencall_handle *, unsigned, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t) {
  return asLibrary(-ENOSYS);
}
long xencall2L(xencall_handle *handle, unsigned hypercall, uint64_t a, uint64_t b) {
  return xencall2(handle, hypercall, a, b);
}

void *xencall_alloc_buffer_pages(xencall_handle *handle, size_t pages) {
  return handle->memory.allocate(pages);
}

void xencall_free_buffer_pages(xencall_handle *handle, void *memory, size_t pages) {
  handle->memory.free(memory, pages);
}

void *xencall_alloc_buffer(xencall_handle *handle, size_t size) {
  const size_t pages = (size + sizeof(AllocationHeader) + pageSize - 1) / pageSize;
  void *memory = handle->memory.allocate(pages);
  return memory != nullptr ? new (memory) AllocationHeader{pages, 0} + 1 : nullptr;
}

void xencall_free_buffer(xencall_handle *handle, void *memory) {
  if (memory == nullptr)
    return;
  auto *header = static_cast<AllocationHeader *>(memory) - 1;
  handle->memory.free(header, header->pages);
}

int xencall_buffers_never_fault(xencall_handle *) { return 1; }

// Handles that are only ever opened and closed.
xenforeignmemory_handle *xenforeignmemory_open(xentoollog_logger *, unsigned) {
  return reinterpret_cast<xenforeignmemory_handle *>(new (std::nothrow) char);
}
int xenforeignmemory_close(xenforeignmemory_handle *handle) {
  delete reinterpret_cast<char *>(handle);
  return 0;
}
xendevicemodel_handle *xendevicemodel_open(xentoollog_logger *, unsigned) {
  return reinterpret_cast<xendevicemodel_handle *>(new (std::nothrow) char);
}
int xendevicemodel_close(xendevicemodel_handle *handle) {
  delete reinterpret_cast<char *>(handle);
  return 0;
}

} // extern "C"

// SPDX-License-Identifier: Apache-2.0
#include "cli/xen/xencall.h"

#include <cerrno>
#include <cstdarg>
#include <dlfcn.h>

namespace suture::xen {

using client::ErrorKind;
using client::Expected;

namespace {

constexpr size_t pageSize = 4096;

/// struct xentoollog_logger, whose first members are all that libxencall calls. Without one of
/// ours the library writes to stderr what this program says better.
struct SilentLogger {
  void (*message)(SilentLogger *, int, int, const char *, const char *, va_list);
  void (*progress)(SilentLogger *, const char *, const char *, int, unsigned long, unsigned long);
  void (*destroy)(SilentLogger *);
};

void ignoreMessage(SilentLogger *, int, int, const char *, const char *, va_list) {}
void ignoreProgress(SilentLogger *, const char *, const char *, int, unsigned long, unsigned long) {
}
void ignoreDestroy(SilentLogger *) {}

constinit const SilentLogger silentLogger{ignoreMessage, ignoreProgress, ignoreDestroy};

template <typename Function> bool find(void *library, const char *name, Function &function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

int resultOf(int value) { return value < 0 ? -errno : value; }

} // namespace

Expected<XencallFunctions> loadXencall() {
  void *library = dlopen("libxencall.so.1", RTLD_NOW);
  if (library == nullptr) {
    const char *reason = dlerror();
    return client::failure(ErrorKind::Failed, ENOENT,
                           std::string("cannot load Xen's library for hypercalls (Debian's package "
                                       "libxencall1 has it): ") +
                               (reason != nullptr ? reason : "no reason given"));
  }
  XencallFunctions functions;
  if (!find(library, "xencall_open", functions.open) ||
      !find(library, "xencall_close", functions.close) ||
      !find(library, "xencall1", functions.call1) || !find(library, "xencall2", functions.call2) ||
      !find(library, "xencall_alloc_buffer_pages", functions.allocatePages) ||
      !find(library, "xencall_free_buffer_pages", functions.freePages))
    return client::failure(ErrorKind::Failed, ENOSYS,
                           "libxencall.so.1 lacks a function of its interface");
  return functions;
}

void Xencall::Memory::Free::operator()(std::byte *memory) const {
  owner->functions_.freePages(owner->handle_, memory, pages);
}

Expected<std::unique_ptr<Xencall>> Xencall::open(const XencallFunctions &functions) {
  // The library keeps the pointer and only ever calls through it.
  void *handle = functions.open(const_cast<SilentLogger *>(&silentLogger), 0);
  if (handle == nullptr)
    return client::failure(ErrorKind::Unreachable, errno,
                           "cannot open the privileged command device: " +
                               client::errnoText(errno));
  return std::unique_ptr<Xencall>(new Xencall(functions, handle));
}

Expected<Xencall::Memory> Xencall::allocate(size_t size) const {
  if (size == 0)
    return Memory();
  const size_t pages = (size + pageSize - 1) / pageSize;
  auto *memory = static_cast<std::byte *>(functions_.allocatePages(handle_, pages));
  if (memory == nullptr)
    return client::failure(ErrorKind::Failed, ENOMEM, "no memory for a hypercall");
  return Memory(memory, size, Memory::Free(this, pages));
}

int Xencall::call(unsigned hypercall, uint64_t argument) const {
  return resultOf(functions_.call1(handle_, hypercall, argument));
}

int Xencall::call(unsigned hypercall, uint64_t first, uint64_t second) const {
  return resultOf(functions_.call2(handle_, hypercall, first, second));
}

} // namespace suture::xen

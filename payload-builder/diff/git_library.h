// SPDX-License-Identifier: Apache-2.0
#pragma once
// libgit2 counts its users.

#include <git2/global.h>
#include <memory>

namespace suture::builder {

/// libgit2 may be called while one of these lives, on any thread.
class GitLibrary final {
public:
  GitLibrary() { git_libgit2_init(); }
  GitLibrary(const GitLibrary &) = delete;
  GitLibrary &operator=(const GitLibrary &) = delete;
  ~GitLibrary() { git_libgit2_shutdown(); }
};

/// Frees a libgit2 object with the function that its type has for that.
template <auto Free> struct GitDeleter {
  template <typename Object> void operator()(Object *object) const { Free(object); }
};

template <typename Object, auto Free> using GitPointer = std::unique_ptr<Object, GitDeleter<Free>>;

} // namespace suture::builder

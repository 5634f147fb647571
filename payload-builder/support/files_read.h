// SPDX-License-Identifier: Apache-2.0
#pragma once
// The disk as front ends read it: their file system, with each file's text kept for the next one.
// DiskFiles answers for whole files by hash and name; this holds the texts themselves.

#include <clang/Tooling/DependencyScanning/DependencyScanningFilesystem.h>
#include <llvm/ADT/IntrusiveRefCntPtr.h>
#include <llvm/Support/VirtualFileSystem.h>

namespace suture::builder {

/// Hundreds of units read the same headers: a tenth of the processor time of preprocessing them
/// went into opening, mapping and unmapping those. Nothing that was read may change while it lives.
class FilesRead final {
public:
  /// The disk, read through what was read before. One for each thread; the object outlives it.
  /// Thread-safe.
  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> fileSystem();

private:
  clang::tooling::dependencies::DependencyScanningFilesystemSharedCache cache_;
};

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/support/files_read.h"

namespace suture::builder {

llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> FilesRead::fileSystem() {
  return llvm::makeIntrusiveRefCnt<
      clang::tooling::dependencies::DependencyScanningWorkerFilesystem>(
      cache_, llvm::vfs::createPhysicalFileSystem());
}

} // namespace suture::builder

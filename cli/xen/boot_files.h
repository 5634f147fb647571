// SPDX-License-Identifier: Apache-2.0
#pragma once
// What of Debian's packages a Xen with a dom0 is booted from.

#include "cli/client/client_error.h"

#include <span>
#include <string>
#include <vector>

namespace suture::xen {

/// A kernel and the folder of its modules.
struct Kernel {
  std::string image;
  std::string modules;
};

/// The newest Xen in `boot`, compressed as packages have it.
/// Errors: Failed with ENOENT (says which package has one).
client::Expected<std::string> findXen(const std::string &boot);

/// The newest kernel in `boot` that has modules below `modules`.
/// Errors: Failed with ENOENT (says which package has one).
client::Expected<Kernel> findKernel(const std::string &boot, const std::string &modules);

/// The files of modules and of those that they need, in loading order; a module that is built into
/// the kernel has none.
/// \param names  such as "virtio_pci"; '-' and '_' are the same in them.
/// Errors: Failed (no such module, modules.dep cannot be read).
client::Expected<std::vector<std::string>> moduleFiles(const Kernel &kernel,
                                                       std::span<const std::string_view> names);

/// Files that programs of this process's kind need beside themselves: the libraries that are loaded
/// in it now, and what loads them.
std::vector<std::string> loadedLibraries();

/// Reads a file whole. Errors: Failed.
client::Expected<std::string> readFile(const std::string &path);

/// Whether a file begins as an ELF file does.
bool isElf(const std::string &path);

/// Writes a file whole. Errors: Failed.
client::Expected<void> writeFile(const std::string &path, std::string_view content);

/// Unpacks `path` to `to` by a program that takes gzip's options -d and -c. Errors: Failed.
client::Expected<void> unpack(const std::string &program, const std::string &path,
                              const std::string &to);

} // namespace suture::xen

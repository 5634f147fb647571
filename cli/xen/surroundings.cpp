// SPDX-License-Identifier: Apache-2.0
#include "cli/xen/surroundings.h"

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace suture::xen {

namespace {

std::string firstLine(const std::string &path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

} // namespace

std::string explainSurroundings(const std::string &root, int openErrno) {
  std::error_code error;
  if (firstLine(root + "/sys/hypervisor/type") != "xen")
    return "this system does not run on Xen";
  // Without xenfs mounted there is no such file, and nothing can be said.
  const std::string capabilities = root + "/proc/xen/capabilities";
  if (std::filesystem::exists(capabilities, error) &&
      firstLine(capabilities).find("control_d") == std::string::npos)
    return "this is not dom0: only the control domain can change the hypervisor";
  if (openErrno == EACCES || openErrno == EPERM)
    return "no privileges: run it as root";
  if (!std::filesystem::exists(root + "/dev/xen/privcmd", error) &&
      !std::filesystem::exists(root + "/proc/xen/privcmd", error))
    return "there is no /dev/xen/privcmd: load the kernel's module xen-privcmd (modprobe "
           "xen-privcmd)";
  return "";
}

} // namespace suture::xen

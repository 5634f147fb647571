// SPDX-License-Identifier: Apache-2.0
#include "cli/xen/boot_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <link.h>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

namespace suture::xen {

using client::ErrorKind;
using client::Expected;
using client::failure;
using client::systemError;

namespace {

/// Names in `folder` of that form, newest version last.
std::vector<std::string> named(const std::string &folder, std::string_view prefix,
                               std::string_view suffix) {
  std::vector<std::string> names;
  std::error_code error; // a folder that is not there has nothing in it
  for (const auto &entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(suffix))
      names.push_back(name);
  }
  std::ranges::sort(names, [](const std::string &left, const std::string &right) {
    return strverscmp(left.c_str(), right.c_str()) < 0;
  });
  return names;
}

/// "kernel/drivers/xen/xen-privcmd.ko.xz" -> "xen_privcmd"
std::string moduleName(std::string_view path) {
  std::string name(path.substr(path.rfind('/') + 1));
  name = name.substr(0, name.find(".ko"));
  std::ranges::replace(name, '-', '_');
  return name;
}

struct Module {
  std::string file;
  /// Files of the modules that it needs, the first to load last.
  std::vector<std::string> needs;
};

/// Source: modules.dep(5).
std::vector<Module> readDependencies(const std::string &text) {
  std::vector<Module> modules;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos)
      continue;
    std::istringstream rest(line.substr(colon + 1));
    modules.push_back({line.substr(0, colon), {std::istream_iterator<std::string>(rest), {}}});
  }
  return modules;
}

bool isBuiltIn(const Kernel &kernel, std::string_view name) {
  std::ifstream file(kernel.modules + "/modules.builtin");
  for (std::string line; std::getline(file, line);) {
    if (moduleName(line) == name)
      return true;
  }
  return false;
}

/// modules.dep names all needs of a module, but in no order that holds for all of them (virtio
/// before the virtio_ring that it needs was seen): each one's own needs go first.
void addInOrder(const std::vector<Module> &modules, const std::string &file,
                std::vector<std::string> &files) {
  if (std::ranges::find(files, file) != files.end())
    return;
  const auto module = std::ranges::find(modules, file, &Module::file);
  if (module == modules.end())
    return;
  for (const std::string &need : module->needs)
    addInOrder(modules, need, files);
  files.push_back(file);
}

} // namespace

Expected<std::string> findXen(const std::string &boot) {
  const auto names = named(boot, "xen-", ".gz");
  if (names.empty())
    return failure(ErrorKind::Failed, ENOENT,
                   "no Xen in " + boot + " (Debian's package xen-hypervisor-4.17-amd64 has one)");
  return boot + "/" + names.back();
}

Expected<Kernel> findKernel(const std::string &boot, const std::string &modules) {
  constexpr std::string_view prefix = "vmlinuz-";
  auto names = named(boot, prefix, "");
  for (; !names.empty(); names.pop_back()) {
    const std::string folder = modules + "/" + names.back().substr(prefix.size());
    std::error_code error;
    if (std::filesystem::exists(folder + "/modules.dep", error))
      return Kernel{boot + "/" + names.back(), folder};
  }
  return failure(ErrorKind::Failed, ENOENT,
                 "no kernel with its modules in " + boot +
                     " (Debian's package linux-image-amd64 has one)");
}

Expected<std::vector<std::string>> moduleFiles(const Kernel &kernel,
                                               std::span<const std::string_view> names) {
  auto text = readFile(kernel.modules + "/modules.dep");
  if (!text)
    return std::unexpected(text.error());
  const std::vector<Module> modules = readDependencies(*text);
  std::vector<std::string> files;
  for (const std::string_view wanted : names) {
    const std::string name = moduleName(wanted);
    const auto module = std::ranges::find(
        modules, name, [](const Module &candidate) { return moduleName(candidate.file); });
    if (module != modules.end())
      addInOrder(modules, module->file, files);
    else if (!isBuiltIn(kernel, name))
      return failure(ErrorKind::Failed, ENOENT,
                     fmt::format("{} has no module {}", kernel.image, wanted));
  }
  for (std::string &file : files)
    file = kernel.modules + "/" + file;
  return files;
}

std::vector<std::string> loadedLibraries() {
  std::vector<std::string> files;
  dl_iterate_phdr(
      [](dl_phdr_info *info, size_t, void *context) {
        // The program itself has no name here, and the kernel's page of code no path.
        if (info->dlpi_name != nullptr && info->dlpi_name[0] == '/')
          static_cast<std::vector<std::string> *>(context)->emplace_back(info->dlpi_name);
        return 0;
      },
      &files);
  return files;
}

Expected<std::string> readFile(const std::string &path) {
  constexpr size_t chunk = 1 << 20;
  std::ifstream file(path, std::ios::binary);
  std::string content;
  size_t size = 0;
  while (file) {
    content.resize(size + chunk);
    file.read(content.data() + size, chunk);
    size += static_cast<size_t>(file.gcount());
  }
  if (!file.eof())
    return std::unexpected(systemError("cannot read " + path, errno));
  content.resize(size);
  return content;
}

bool isElf(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 4> magic{};
  return file.read(magic.data(), magic.size()) && std::string_view(magic.data(), 4) == "\x7f"
                                                                                       "ELF";
}

Expected<void> writeFile(const std::string &path, std::string_view content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  if (!file.flush())
    return std::unexpected(systemError("cannot write " + path, errno));
  return {};
}

Expected<void> unpack(const std::string &program, const std::string &path, const std::string &to) {
  std::array<std::string, 3> words{program, "-dc", path};
  std::array<char *, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, to.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t pid = 0;
  const int error =
      posix_spawnp(&pid, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    return std::unexpected(systemError("cannot run " + program, error));
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return failure(ErrorKind::Failed, EIO, program + " cannot unpack " + path);
  return {};
}

} // namespace suture::xen

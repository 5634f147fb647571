// SPDX-License-Identifier: Apache-2.0
// What boots, and from where:
//
//   QEMU -kernel  Xen (multiboot ELF, unpacked)      Debian's xen-hypervisor
//     -initrd     kernel (unpacked), its arguments   Debian's linux-image
//                 initial file system:
//                   /init                            below
//                   /bin/busybox                     Debian's busybox-static
//                   /bin/suture, its libraries       this process's own
//                   /modules/*.ko                    the kernel's
//                   the user's archive, if any
//
// dom0 has no disk and no network. It ends when the power button is pressed or /init ends.
//
// All is emulated, so that what a machine does unnoticed takes seconds here. CPU time of QEMU until
// the agent answers, Debian 12's Xen 4.17 and Linux 6.1, two cores that others used too (10 runs):
//
//   17.8 s  as a package would boot it
//   13.9 s  kernel unpacked on the host; without ERMS, whose byte-wise stores are slow to emulate
//   12.1 s  dom0 has 256 MiB for good, not a map of all memory to balloon into
//   10.5 s  no read-only kernel data, mitigations, locks taken out for one CPU, zeroed allocations
//    9.1 s  no self-tests of ciphers, auditing or other security modules
//
// The machine type (q35 or pc), QEMU's size of translation buffers and a shorter /init made no
// difference that could be told from noise. Leaving out XSAVE would save 0.8 s more, but the Xen
// that people try their payloads on should be the one they have.

#include "cli/xen/dom0.h"

#include "cli/xen/boot_files.h"
#include "cli/xen/cpio.h"
#include "cli/xen/kernel_image.h"
#include "cli/xen/xencall.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <fmt/format.h>

namespace suture::xen {

using client::ErrorKind;
using client::Expected;
using client::failure;

namespace {

using Mode = CpioWriter::Mode;

constexpr std::array<std::string_view, 7> modules{
    "xen-privcmd", "xenfs", "xen-evtchn", "virtio_console", "virtio_pci", "button", "evdev"};

/// dom0's first process. Arguments of insmod are in loading order, in /modules/order.
constexpr std::string_view initScript = R"init(#!/bin/busybox sh
export PATH=/bin
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmp /tmp
while read -r module; do
  insmod "/modules/$module" || echo "dom0: cannot load $module"
done < /modules/order
mount -t xenfs xenfs /proc/xen
hostname dom0
for port in /sys/class/virtio-ports/*; do
  [ "$(cat "$port/name")" = suture.console.dom0 ] && console=/dev/${port##*/}
done
[ -x /start ] && /start < /dev/null > "${console:-/dev/null}" 2>&1 &
suture xen-agent suture.control
echo "dom0: powering off"
poweroff -f
)init";

constexpr char kernelArguments[] =
    "console=hvc0 panic=-1 quiet rodata=off mitigations=off noreplace-smp init_on_alloc=0 "
    "cryptomgr.notests audit=0 lsm=capability";
constexpr char xenArguments[] = "console=com1 com1=115200 loglvl=all dom0_mem=256M,max:256M "
                                "dom0_max_vcpus=1 bootscrub=0";

constexpr char busybox[] = "/bin/busybox";

Expected<void> addFile(CpioWriter &archive, const std::string &path, const std::string &as,
                       Mode mode) {
  auto content = readFile(path);
  if (!content)
    return std::unexpected(content.error());
  archive.addWithFolders(as, mode, *content);
  return {};
}

Expected<void> addBusybox(CpioWriter &archive) {
  auto content = readFile(busybox);
  if (!content)
    return failure(ErrorKind::Failed, ENOENT,
                   content.error().reason + " (Debian's package busybox-static has it)");
  // The name of the program that loads libraries stands near the front of those that need one.
  if (content->substr(0, 4096).find("/ld-linux") != std::string::npos)
    return failure(ErrorKind::Failed, ENOEXEC,
                   std::string(busybox) + " needs libraries; Debian's package busybox-static has "
                                          "one that does not");
  archive.addWithFolders("bin/busybox", Mode::Program, *content);
  return {};
}

Expected<void> addModules(CpioWriter &archive, const Kernel &kernel) {
  auto files = moduleFiles(kernel, modules);
  if (!files)
    return std::unexpected(files.error());
  std::string order;
  for (const std::string &file : *files) {
    const std::string name = file.substr(file.rfind('/') + 1);
    order += name + "\n";
    SUTURE_CLIENT_TRY(addFile(archive, file, "modules/" + name, Mode::File));
  }
  archive.add("modules/order", Mode::File, order);
  return {};
}

/// This program, the library that it reaches Xen by, and all that both need.
Expected<void> addSuture(CpioWriter &archive) {
  if (auto xencall = loadXencall(); !xencall)
    return std::unexpected(xencall.error());
  for (const std::string &library : loadedLibraries())
    SUTURE_CLIENT_TRY(addFile(archive, library, library.substr(1), Mode::Program));
  return addFile(archive, "/proc/self/exe", "bin/suture", Mode::Program);
}

Expected<std::string> makeInitial(const Dom0Options &options, const Kernel &kernel) {
  CpioWriter archive;
  for (const char *folder : {"dev", "proc", "sys", "tmp"})
    archive.add(folder, Mode::Folder);
  archive.add("init", Mode::Program, initScript);
  SUTURE_CLIENT_TRY(addBusybox(archive));
  SUTURE_CLIENT_TRY(addModules(archive, kernel));
  SUTURE_CLIENT_TRY(addSuture(archive));
  std::string all = archive.finish();
  if (options.overlay.empty())
    return all;
  // Linux unpacks one archive after the other.
  auto overlay = readFile(options.overlay);
  if (!overlay)
    return std::unexpected(overlay.error());
  if (!overlay->starts_with("070701"))
    return failure(ErrorKind::Refused, EINVAL, options.overlay + ": not a cpio archive (newc)");
  return all + *overlay;
}

Expected<void> placeXen(const std::string &image, const std::string &to) {
  auto content = readFile(image);
  if (!content)
    return std::unexpected(content.error());
  if (content->starts_with("\x1f\x8b"))
    SUTURE_CLIENT_TRY(unpack("gzip", image, to));
  else
    SUTURE_CLIENT_TRY(writeFile(to, *content));
  if (!isElf(to))
    return failure(ErrorKind::Refused, EINVAL, image + ": not Xen's image for multiboot");
  return {};
}

} // namespace

Expected<vm::QemuOptions> prepareDom0(const Dom0Options &options, const vm::InstancePaths &paths) {
  auto image = options.image.empty() ? findXen("/boot") : options.image;
  if (!image)
    return std::unexpected(image.error());
  auto kernel = findKernel("/boot", "/lib/modules");
  if (!kernel)
    return std::unexpected(kernel.error());
  const std::string xen = paths.folder + "/xen";
  const std::string initial = paths.folder + "/dom0.cpio";
  const std::string unpacked = paths.folder + "/vmlinux";
  // QEMU takes a list of modules apart at commas, and a module's name from its arguments at spaces.
  if ((kernel->image + initial).find_first_of(", ") != std::string::npos)
    return failure(ErrorKind::Failed, EINVAL,
                   "a comma or a space in the path of a file to boot: " + initial);
  SUTURE_CLIENT_TRY(placeXen(*image, xen));
  auto isUnpacked = unpackKernel(kernel->image, unpacked);
  if (!isUnpacked)
    return std::unexpected(isUnpacked.error());
  auto content = makeInitial(options, *kernel);
  if (!content)
    return std::unexpected(content.error());
  SUTURE_CLIENT_TRY(writeFile(initial, *content));

  vm::QemuOptions qemu;
  qemu.image = xen;
  qemu.archive =
      fmt::format("{} {},{}", *isUnpacked ? unpacked : kernel->image, kernelArguments, initial);
  qemu.guests = {"dom0"};
  qemu.cpus = options.cpus;
  qemu.memory = options.memory;
  qemu.commandLine = xenArguments + (options.commandLine.empty() ? "" : " " + options.commandLine);
  // A PV dom0's kernel and SMAP or SMEP do not go together under QEMU's emulation.
  qemu.cpuModel = "max,-smap,-smep,-erms";
  return qemu;
}

} // namespace suture::xen

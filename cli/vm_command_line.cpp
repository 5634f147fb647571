// SPDX-License-Identifier: Apache-2.0
#include "cli/vm_command_line.h"

#include "cli/output/duration.h"
#include "cli/vm/verbs.h"
#include "cli/xen/dom0.h"

#include <memory>

namespace suture {

using client::Expected;

namespace {

constexpr char exitCodes[] = "Exit codes: 0 done, 1 failed (also: no such VM), 2 usage, 3 refused, "
                             "4 try again.";

CLI::App *addVmVerb(CLI::App &vm, Command &command, const std::string &name,
                    const std::string &summary, const std::string &examples) {
  CLI::App *verb = vm.add_subcommand(name, summary);
  verb->footer(examples + "\n" + exitCodes);
  addOutputOptions(*verb, command);
  return verb;
}

std::shared_ptr<std::string> addName(CLI::App *verb) {
  auto name = std::make_shared<std::string>(vm::defaultInstance);
  verb->add_option("--name", *name, "Which VM, where several run")->capture_default_str();
  return name;
}

template <typename Run> void setVerb(CLI::App *verb, Command &command, Run run) {
  verb->callback([verb, &command, run] {
    command.verb = "vm " + verb->get_name();
    command.run = run;
  });
}

/// Turns what the command line says of a VM into one of Xen with a dom0.
void chooseXen(vm::StartOptions &options, bool cpusGiven, bool memoryGiven) {
  xen::Dom0Options dom0;
  dom0.image = options.qemu.image;
  dom0.overlay = options.qemu.archive;
  dom0.commandLine = options.qemu.commandLine;
  if (cpusGiven)
    dom0.cpus = options.qemu.cpus;
  if (memoryGiven)
    dom0.memory = options.qemu.memory;
  options.kind = "xen";
  options.prepare = [dom0](const vm::InstancePaths &paths) {
    return xen::prepareDom0(dom0, paths);
  };
}

/// Reads --timeout-default and --wait, where they are given.
Expected<void> readSpans(vm::StartOptions &options, const std::string &timeout,
                         const std::string &bound) {
  if (!timeout.empty()) {
    auto value = output::parseTimeoutNs(timeout);
    if (!value)
      return std::unexpected(value.error());
    options.timeoutNs = *value;
  }
  if (!bound.empty()) {
    auto value = output::parseDuration(bound);
    if (!value)
      return std::unexpected(value.error());
    options.startBound = std::chrono::ceil<std::chrono::milliseconds>(*value);
  }
  return {};
}

constexpr char startHelp[] =
    "Examples:\n  suture vm start\n  suture vm start --cpus 8 --name big\n  suture vm start "
    "--image "
    "suture-hv --guests guests.cpio\n  suture vm start --xen\n\nThe VM runs in the background "
    "until `suture vm stop`. All "
    "is emulated in software, so that it runs\non any machine; CPUs then stop late now and then "
    "for reasons of the host, and actions on this\nVM ask for a longer rendezvous time-out than "
    "the usual 30 ms (--timeout-default).\n\nWith --xen it is a stock Xen with a small dom0, "
    "made of what this "
    "machine has installed (Debian's\nxen-hypervisor, linux-image and busybox-static). --image "
    "is then Xen's, --guests an archive laid\nover dom0's root, whose program /start is run, "
    "and the console is called dom0.\n";

void addStart(CLI::App &vm, Command &command) {
  CLI::App *verb = addVmVerb(vm, command, "start",
                             "Start a hypervisor under QEMU and wait until it answers", startHelp);
  auto options = std::make_shared<vm::StartOptions>();
  auto timeout = std::make_shared<std::string>();
  auto bound = std::make_shared<std::string>();
  vm::QemuOptions &qemu = options->qemu;
  verb->add_option("--image", qemu.image, "Hypervisor's ELF; default: the one that was built");
  verb->add_option("--guests", qemu.archive, "Archive of guests (cpio, newc)");
  CLI::Option *cpus = verb->add_option("--cpus", qemu.cpus, "CPUs");
  cpus->check(CLI::Range(1u, 64u))->capture_default_str();
  CLI::Option *memory = verb->add_option("--memory", qemu.memory, "Memory in MiB");
  memory->check(CLI::Range(64u, 65536u))->capture_default_str();
  verb->add_option(
          "--icount", qemu.icountShift,
          "Virtual time: 2^SHIFT ns an instruction, all CPUs in one thread (slow, repeats)")
      ->type_name("SHIFT")
      ->check(CLI::Range(0u, 10u));
  verb->add_option("--append", qemu.commandLine, "The hypervisor's command line");
  verb->add_option("--name", options->name, "Name, to run several")->capture_default_str();
  verb->add_option("--timeout-default", *timeout,
                   "Rendezvous time-out of actions on this VM; default: 2s")
      ->type_name("SPAN");
  verb->add_option("--wait", *bound, "Longest wait for the hypervisor; default: 90s")
      ->type_name("SPAN");
  auto xen = std::make_shared<bool>(false);
  verb->add_flag("--xen", *xen, "A stock Xen with a small dom0, instead of suture-hv");
  setVerb(verb, command, [=](output::Report &report) -> Expected<void> {
    if (*xen)
      chooseXen(*options, cpus->count() != 0, memory->count() != 0);
    // Each CPU has stacks and tables of its own.
    else if (memory->count() == 0 && options->qemu.cpus >= 32)
      options->qemu.memory = 1024;
    SUTURE_CLIENT_TRY(readSpans(*options, *timeout, *bound));
    return vm::runStart(report, *options);
  });
}

void addConsole(CLI::App &vm, Command &command) {
  CLI::App *verb = addVmVerb(vm, command, "console", "Print what a guest or the hypervisor wrote",
                             "Examples:\n  suture vm console heartbeat\n  suture vm console hv "
                             "--follow\n\nWithout --follow it prints all so far and ends.\n");
  auto options = std::make_shared<vm::ConsoleOptions>();
  verb->add_option("GUEST", options->guest, "Guest's name, or hv for the hypervisor's log");
  verb->add_option("--name", options->instance, "Which VM, where several run")
      ->capture_default_str();
  verb->add_flag("-f,--follow", options->follow, "Go on until the VM ends");
  setVerb(verb, command,
          [options](output::Report &report) { return vm::runConsole(report, *options); });
}

} // namespace

void describeVmVerbs(CLI::App &app, Command &command) {
  CLI::App *vm = app.add_subcommand("vm", "A hypervisor under QEMU, to try things out");
  vm->require_subcommand(1);
  addStart(*vm, command);
  CLI::App *status = addVmVerb(*vm, command, "status", "Say whether a VM runs, and how",
                               "Example:\n  suture vm status --json\n");
  auto statusName = addName(status);
  setVerb(status, command,
          [statusName](output::Report &report) { return vm::runStatus(report, *statusName); });
  addConsole(*vm, command);
  CLI::App *stop = addVmVerb(
      *vm, command, "stop", "End a VM in order",
      "Example:\n  suture vm stop\n\nThe hypervisor is asked to power off; if it does not, "
      "QEMU is ended. Files of the VM are removed.\n");
  auto stopName = addName(stop);
  setVerb(stop, command,
          [stopName](output::Report &report) { return vm::runStop(report, *stopName); });
}

} // namespace suture

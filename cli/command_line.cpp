// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.h"

#include "cli/output/duration.h"
#include "cli/verbs/control.h"
#include "cli/verbs/show.h"
#include "cli/vm_command_line.h"
#include "cli/xen/agent.h"

#include <memory>
#include <unistd.h>

namespace suture {

using client::Expected;
using format::ActionKind;

namespace {

constexpr char exitCodes[] = "Exit codes: 0 done, 1 failed, 2 usage, 3 refused (understood, but "
                             "the hypervisor says no),\n4 try again (busy or timed out).";

/// A verb that talks to a hypervisor.
using ControlVerb = std::function<Expected<void>(verbs::Context &)>;

CLI::App *addVerb(CLI::App &app, Command &command, const std::string &name,
                  const std::string &summary, const std::string &examples) {
  CLI::App *verb = app.add_subcommand(name, summary);
  verb->footer(examples + "\n" + exitCodes);
  addOutputOptions(*verb, command);
  return verb;
}

void setControlVerb(CLI::App *verb, Command &command, ControlVerb run) {
  verb->add_option("--target", command.target,
                   "Hypervisor: vm:NAME (of `suture vm`), unix:SOCKET, or xen (in dom0)\n"
                   "Default: the running `suture vm`")
      ->type_name("TARGET");
  verb->callback([verb, &command, run = std::move(run)] {
    command.verb = verb->get_name();
    command.run = [&command, run](output::Report &report) -> Expected<void> {
      auto spec = target::parseTarget(command.target);
      if (!spec)
        return std::unexpected(spec.error());
      auto interrupt = client::Interrupt::open();
      if (!interrupt)
        return std::unexpected(interrupt.error());
      verbs::Context context{report, *interrupt, std::move(*spec)};
      return run(context);
    };
  });
}

/// An option's text that is read after parsing, so that a wrong one is an error like any other.
template <typename T, typename Parse>
Expected<std::optional<T>> readOption(const std::string &text, Parse parse) {
  if (text.empty())
    return std::nullopt;
  auto value = parse(text);
  if (!value)
    return std::unexpected(value.error());
  return *value;
}

/// Texts of the options that actions share.
struct ActionTexts {
  std::string timeout;
  std::string wait;
  std::string probation;

  void add(CLI::App *verb) {
    verb->add_option("--timeout", timeout,
                     "Longest time for all CPUs to stop, such as 30ms or 2s; at most 4.29s\n"
                     "Default: the hypervisor's (30ms), longer under `suture vm`")
        ->type_name("SPAN");
    verb->add_option("--wait", wait, "Longest wait for the result, such as 10s. Default: 60s")
        ->type_name("SPAN");
  }
  void addProbation(CLI::App *verb) {
    verb->add_option(
            "--probation", probation,
            "Revert by itself after this time, such as 30s, unless `suture confirm` comes\n"
            "first. On stock Xen a process of this machine keeps the watch")
        ->type_name("SPAN");
  }

  Expected<verbs::WaitOptions> waitOptions() const {
    verbs::WaitOptions options;
    auto timeoutNs = readOption<uint32_t>(timeout, output::parseTimeoutNs);
    if (!timeoutNs)
      return std::unexpected(timeoutNs.error());
    options.timeoutNs = *timeoutNs;
    auto bound = readOption<std::chrono::nanoseconds>(wait, output::parseDuration);
    if (!bound)
      return std::unexpected(bound.error());
    if (*bound)
      options.waitBound = std::chrono::ceil<std::chrono::milliseconds>(**bound);
    return options;
  }
  Expected<std::optional<std::chrono::milliseconds>> probationSpan() const {
    auto span = readOption<std::chrono::nanoseconds>(probation, output::parseDuration);
    if (!span)
      return std::unexpected(span.error());
    if (!*span)
      return std::nullopt;
    return std::chrono::ceil<std::chrono::milliseconds>(**span);
  }
  /// Fills the fields that ActArguments and LoadArguments share.
  template <typename Arguments> Expected<void> fill(Arguments &arguments) const {
    auto options = waitOptions();
    if (!options)
      return std::unexpected(options.error());
    auto span = probationSpan();
    if (!span)
      return std::unexpected(span.error());
    arguments.wait = *options;
    arguments.probation = *span;
    return {};
  }
};

void addUpload(CLI::App &app, Command &command) {
  CLI::App *verb = addVerb(app, command, "upload", "Put a payload into the hypervisor, unapplied",
                           "Example:\n  suture upload fix-1 fix-1.livepatch\n\n"
                           "The hypervisor checks the payload whole: its format, its symbols, and "
                           "that it was built for\nthis very hypervisor (build-id).\n");
  auto name = std::make_shared<std::string>();
  auto file = std::make_shared<std::string>();
  verb->add_option("NAME", *name, "Name to give it, 1 to 127 bytes")->required();
  verb->add_option("FILE", *file, "Payload file")->required();
  setControlVerb(verb, command, [name, file](verbs::Context &context) {
    return verbs::runUpload(context, *name, *file);
  });
}

void addLoad(CLI::App &app, Command &command) {
  CLI::App *verb = addVerb(
      app, command, "load", "Upload a payload and apply it",
      "Examples:\n  suture load fix-1.livepatch\n  suture load fix-1 (finds "
      "fix-1.livepatch)\n  suture load debug.livepatch --nodeps --probation 30s\n\n"
      "The payload is named after its file unless --name is given. If it cannot be applied, "
      "it is\nunloaded again.\n");
  auto arguments = std::make_shared<verbs::LoadArguments>();
  auto texts = std::make_shared<ActionTexts>();
  verb->add_option("FILE", arguments->file, "Payload file")->required();
  verb->add_option("--name", arguments->name, "Name to give it");
  verb->add_flag("--nodeps", arguments->nodeps,
                 "Do not ask for the payloads that this one was built on top of");
  texts->add(verb);
  texts->addProbation(verb);
  setControlVerb(verb, command, [arguments, texts](verbs::Context &context) -> Expected<void> {
    SUTURE_CLIENT_TRY(texts->fill(*arguments));
    return verbs::runLoad(context, *arguments);
  });
}

struct ActionVerb {
  ActionKind kind;
  const char *name;
  const char *summary;
  const char *help;
};

constexpr ActionVerb actionVerbs[] = {
    {ActionKind::Apply, "apply", "Put an uploaded payload into effect",
     "Examples:\n  suture apply fix-1\n  suture apply fix-1 --probation 30s    then: suture "
     "confirm "
     "fix-1\n\nAll CPUs are stopped for some microseconds while the jumps to the new functions are "
     "written;\nthe output tells how long. A payload depends on the hypervisor's build-id, always, "
     "and on the\npayload that it was built on top of, unless --nodeps is given.\n"},
    {ActionKind::Revert, "revert", "Take a payload out of effect; it stays loaded",
     "Example:\n  suture revert fix-2\n\nPayloads are a stack: only the one applied last can be "
     "reverted.\n"},
    {ActionKind::Replace, "replace", "Put a payload into effect in place of all applied ones",
     "Example:\n  suture replace cumulative-3\n\nAll applied payloads are reverted and this one is "
     "applied, in one stop of the CPUs. Everything is\nverified before the first revert: a "
     "replace that fails leaves the old stack applied.\n"},
};

void addAction(CLI::App &app, Command &command, const ActionVerb &description) {
  CLI::App *verb = addVerb(app, command, description.name, description.summary, description.help);
  auto arguments = std::make_shared<verbs::ActArguments>();
  auto texts = std::make_shared<ActionTexts>();
  verb->add_option("NAME", arguments->name, "Payload's name")->required();
  texts->add(verb);
  if (description.kind == ActionKind::Apply) {
    verb->add_flag("--nodeps", arguments->nodeps,
                   "Do not ask for the payloads that this one was built on top of");
    texts->addProbation(verb);
  }
  const ActionKind kind = description.kind;
  setControlVerb(verb, command,
                 [arguments, texts, kind](verbs::Context &context) -> Expected<void> {
                   SUTURE_CLIENT_TRY(texts->fill(*arguments));
                   return verbs::runAction(context, kind, *arguments);
                 });
}

void addConfirm(CLI::App &app, Command &command) {
  CLI::App *verb =
      addVerb(app, command, "confirm", "Keep a payload that was applied on probation",
              "Example:\n  suture confirm fix-1\n\nWithout it, the hypervisor reverts the payload "
              "when its time is over, whoever is connected.\n");
  auto name = std::make_shared<std::string>();
  verb->add_option("NAME", *name, "Payload's name")->required();
  setControlVerb(verb, command,
                 [name](verbs::Context &context) { return verbs::runConfirm(context, *name); });
}

void addUnload(CLI::App &app, Command &command) {
  CLI::App *verb = addVerb(app, command, "unload", "Remove payloads that are not applied",
                           "Examples:\n  suture unload fix-1 fix-2\n  suture unload --all    (all "
                           "that are not applied)\n");
  auto arguments = std::make_shared<verbs::UnloadArguments>();
  auto texts = std::make_shared<ActionTexts>();
  CLI::Option *names = verb->add_option("NAME", arguments->names, "Payloads' names");
  CLI::Option *all = verb->add_flag("--all", arguments->all, "All payloads that are not applied");
  all->excludes(names);
  texts->add(verb);
  setControlVerb(verb, command, [arguments, texts](verbs::Context &context) -> Expected<void> {
    if (arguments->names.empty() && !arguments->all)
      return client::failure(client::ErrorKind::Usage, EINVAL, "name a payload, or say --all");
    auto options = texts->waitOptions();
    if (!options)
      return std::unexpected(options.error());
    arguments->wait = *options;
    return verbs::runUnload(context, *arguments);
  });
}

void addShow(CLI::App &app, Command &command) {
  CLI::App *list =
      addVerb(app, command, "list", "Show all payloads",
              "Example:\n  suture list --json | jq '.payloads[].name'\n\nSTACK is the position in "
              "the stack of applied payloads, 1 at the bottom. DEPENDS ON names the\npayload, or "
              "the hypervisor, whose build-id must lie under it.\n");
  setControlVerb(list, command, [](verbs::Context &context) { return verbs::runList(context); });

  CLI::App *get = addVerb(app, command, "get", "Show one payload with the times of its last action",
                          "Example:\n  suture get fix-1\n");
  auto name = std::make_shared<std::string>();
  get->add_option("NAME", *name, "Payload's name")->required();
  setControlVerb(get, command,
                 [name](verbs::Context &context) { return verbs::runGet(context, *name); });
}

/// These never get here: main() hands them to other programs. They stand in the list of verbs.
void addCompanionVerbs(CLI::App &app) {
  app.add_subcommand("build", "Make a payload from a git diff (see `suture build --help`)");
  app.add_subcommand("inspect", "Show what is in a payload file (see `suture inspect --help`)");
  app.add_subcommand("verify", "Load a payload file offline against a hypervisor's image");
  app.add_subcommand("bench", "Measure the apply path and the builder (see `suture bench --help`)");
}

/// Not for users: what the dom0 of `suture vm start --xen` runs.
void addXenAgent(CLI::App &app, Command &command) {
  CLI::App *verb = app.add_subcommand("xen-agent", "Serve the control port of a dom0")->group("");
  auto port = std::make_shared<std::string>();
  verb->add_option("PORT", *port, "Name of a virtio port")->required();
  verb->callback([port, &command] {
    command.verb = "xen-agent";
    command.run = [port](output::Report &) -> Expected<void> {
      auto device = xen::findPort(*port);
      if (!device)
        return std::unexpected(device.error());
      return xen::runAgent(*device);
    };
  });
}

} // namespace

void addOutputOptions(CLI::App &verb, Command &command) {
  verb.add_flag("--json", command.output.json, "Print one JSON document, also for errors");
  verb.add_flag("-q,--quiet", command.output.quiet, "No notes on stderr, only errors");
}

void describeVerbs(CLI::App &app, Command &command) {
  app.description("suture: turn a git diff of a hypervisor into a live patch, and put it into the "
                  "running hypervisor.");
  app.footer(
      "From a diff to a patched hypervisor:\n"
      "  suture vm start                          a hypervisor under QEMU, to try things out\n"
      "  suture build --patch fix.diff --image suture-hv -o fix.livepatch\n"
      "  suture load fix.livepatch                upload and apply\n"
      "  suture list                              what is loaded, in which order\n"
      "  suture revert fix && suture unload fix   and all is as before\n\n" +
      std::string(exitCodes));
  app.require_subcommand(1);
  addCompanionVerbs(app);
  addUpload(app, command);
  addLoad(app, command);
  for (const ActionVerb &verb : actionVerbs)
    addAction(app, command, verb);
  addConfirm(app, command);
  addUnload(app, command);
  addShow(app, command);
  describeVmVerbs(app, command);
  addXenAgent(app, command);
}

} // namespace suture

// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/tool/inspect_command.h"

#include "payload-builder/pipeline/lower_stack.h"
#include "payload-builder/report/inspect.h"
#include "payload-builder/report/report.h"
#include "payload-builder/support/target_image.h"
#include "payload-builder/tool/output.h"
#include "payload-builder/verify/verify_load.h"

#include <CLI/CLI.hpp>
#include <memory>

namespace suture::builder {

namespace {

struct Options {
  std::string payload, image;
  std::vector<std::string> depends;
  bool json = false, diff = false;
};

ExitCode inspect(const Options &options) {
  auto payload = PayloadFile::open(options.payload);
  if (!payload)
    return reportError(payload.takeError(), options.json);
  if (options.json)
    printJson(inspectJson(*payload));
  else
    printResult(options.diff ? payload->diff().value_or("") : inspectText(*payload));
  return ExitCode::Done;
}

ExitCode verify(const Options &options) {
  auto payload = PayloadFile::open(options.payload);
  if (!payload)
    return reportError(payload.takeError(), options.json);
  auto image = TargetImage::open(options.image);
  if (!image)
    return reportError(image.takeError(), options.json);
  auto lowers = readLowerStack(*image, options.depends);
  if (!lowers)
    return reportError(lowers.takeError(), options.json);
  std::vector<Refusal> refusals = std::move(lowers->refusals);
  if (refusals.empty())
    refusals = verifyLoad({.image = *image, .lowers = lowers->payloads, .payload = *payload});
  if (options.json)
    printJson({{"outcome", refusals.empty() ? "loads" : "refused"},
               {"payload", options.payload},
               {"refusals", refusalsJson(refusals)}});
  else if (refusals.empty())
    printResult(options.payload + ": loads, applies and reverts on " + options.image + "\n");
  printDiagnostic(refusalsText(refusals));
  return refusals.empty() ? ExitCode::Done : ExitCode::Refused;
}

} // namespace

void addInspectCommands(CLI::App &app, ExitCode &result) {
  const auto options = std::make_shared<Options>();
  CLI::App *command = app.add_subcommand("inspect", "Show what a payload file holds");
  command->add_option("payload", options->payload, "A payload, from whatever tool")->required();
  command->add_flag("--diff", options->diff, "Print the diff that it was built from");
  command->add_flag("--json", options->json, "Print all of it as JSON");
  command->callback([options, &result] { result = inspect(*options); });

  CLI::App *check = app.add_subcommand(
      "verify", "Load a payload against an image, offline, as the running hypervisor would");
  check->add_option("payload", options->payload, "A payload, from whatever tool")->required();
  check->add_option("--image", options->image, "The target's unstripped ELF")->required();
  check->add_option("--depends", options->depends, "A payload under it; may be given again");
  check->add_flag("--json", options->json, "Print the result as JSON");
  check->callback([options, &result] { result = verify(*options); });
}

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs/control.h"

#include "cli/client/listing.h"
#include "cli/client/names.h"
#include "cli/output/table.h"
#include "cli/verbs/act_and_report.h"
#include "cli/verbs/payload_identity.h"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <ranges>
#include <sys/stat.h>

namespace suture::verbs {

using client::ClientError;
using client::ErrorKind;
using client::escaped;
using client::Expected;
using client::failure;
using format::ActionKind;

namespace {

/// What became of a payload whose load failed or was interrupted; says it, and unloads it where it
/// can. The session of the load may be broken or refuse to go on, so it is ended (a socket may
/// serve one client at a time) and this takes a new one, which no signal ends.
std::string cleanUp(Context &context, target::Target &session, const std::string &name,
                    const WaitOptions &wait) {
  session.call = nullptr;
  const auto unknown = [&](const ClientError &error) {
    return fmt::format("{} may be loaded still: {}", escaped(name), error.reason);
  };
  auto target = target::openTarget(context.target, nullptr);
  if (!target)
    return unknown(target.error());
  auto status = client::get(target->call, name);
  const auto deadline = client::Clock::now() + std::chrono::seconds{10};
  while (status && status->underWay() && client::Clock::now() < deadline)
    status = client::get(target->call, name);
  if (!status && status.error().errnoValue == ENOENT)
    return escaped(name) + " is not loaded";
  if (!status)
    return unknown(status.error());
  if (status->state == format::PayloadState::Applied)
    return escaped(name) + " is applied all the same";
  auto options = actionOptions(*target, ActionKind::Unload, wait);
  if (auto unloaded = perform(target->call, name, options, wait.waitBound); !unloaded)
    return fmt::format("{} is loaded still, not applied: {}", escaped(name),
                       unloaded.error().reason);
  return escaped(name) + " was unloaded again";
}

/// `load fix-1` finds fix-1.livepatch.
std::string findFile(const std::string &file) {
  struct stat status;
  const std::string withExtension = file + ".livepatch";
  if (stat(file.c_str(), &status) != 0 && stat(withExtension.c_str(), &status) == 0)
    return withExtension;
  return file;
}

/// Adds what the file says of itself to the document, where the hypervisor has not said it.
PayloadIdentity addIdentity(output::Json &document, std::span<const std::byte> payload) {
  PayloadIdentity identity = identityOf(payload);
  for (const auto &[key, id] :
       {std::pair{"buildId", &identity.buildId}, std::pair{"depends", &identity.depends}}) {
    if (!id->empty() && !document.contains(key))
      document[key] = output::hex(*id);
  }
  return identity;
}

Expected<void> asVoid(Expected<ActionResult> result) {
  if (!result)
    return std::unexpected(std::move(result).error());
  return {};
}

/// Whether a payload's metadata forbid to unload it. A stock Xen does not mind them, and does not
/// tell whether the payload was ever applied: it may have been.
Expected<void> checkUnload(const client::Listing &listing, const std::string &name) {
  const client::ListedPayload *payload = client::find(listing, name);
  if (payload == nullptr || std::ranges::count(payload->metadata, "unload=no") == 0)
    return {};
  return failure(ErrorKind::Refused, EBUSY,
                 escaped(name) + " says that addresses of its own get into the hypervisor's data "
                                 "(unload=no): once it was applied, it must stay loaded");
}

} // namespace

Expected<void> runUpload(Context &context, const std::string &name, const std::string &file) {
  SUTURE_CLIENT_TRY(client::checkName(name));
  auto payload = readPayload(file);
  if (!payload)
    return std::unexpected(payload.error());
  auto target = target::openTarget(context.target, &context.interrupt);
  if (!target)
    return std::unexpected(target.error());
  auto uploaded = client::upload(target->call, name, *payload);
  if (!uploaded && uploaded.error().kind == ErrorKind::Interrupted)
    uploaded.error().reason += "; " + cleanUp(context, *target, name, {});
  if (!uploaded)
    return uploaded;
  context.report.document()["name"] = output::jsonText(name);
  context.report.document()["bytes"] = payload->size();
  const PayloadIdentity identity = addIdentity(context.report.document(), *payload);
  context.report.print(
      fmt::format("{}: uploaded ({} bytes{})\n", escaped(name), payload->size(),
                  identity.buildId.empty() ? "" : ", build-id " + output::hex(identity.buildId)));
  return {};
}

Expected<void> runLoad(Context &context, const LoadArguments &arguments) {
  const std::string file = findFile(arguments.file);
  const std::string name = arguments.name.value_or(client::nameOfFile(file));
  SUTURE_CLIENT_TRY(client::checkName(name));
  auto payload = readPayload(file);
  if (!payload)
    return std::unexpected(payload.error());
  auto target = target::openTarget(context.target, &context.interrupt);
  if (!target)
    return std::unexpected(target.error());
  // Asked before, so that what an interrupted upload left behind can be told from another's
  // payload.
  if (client::get(target->call, name))
    return failure(ErrorKind::Refused, EEXIST, "a payload named " + escaped(name) + " is loaded");

  auto uploaded = client::upload(target->call, name, *payload);
  if (!uploaded && uploaded.error().kind == ErrorKind::Interrupted)
    uploaded.error().reason += "; " + cleanUp(context, *target, name, arguments.wait);
  if (!uploaded)
    return uploaded;
  auto options = actionOptions(*target, ActionKind::Apply, arguments.wait);
  options.nodeps = arguments.nodeps;
  options.probation = arguments.probation;
  auto applied = actAndReport(context, *target, name, options, arguments.wait);
  if (!applied)
    applied.error().reason += "; " + cleanUp(context, *target, name, arguments.wait);
  else
    addIdentity(context.report.document(), *payload);
  return applied;
}

Expected<void> runAction(Context &context, ActionKind kind, const ActArguments &arguments) {
  SUTURE_CLIENT_TRY(client::checkName(arguments.name));
  auto target = target::openTarget(context.target, &context.interrupt);
  if (!target)
    return std::unexpected(target.error());
  auto options = actionOptions(*target, kind, arguments.wait);
  options.nodeps = arguments.nodeps;
  options.probation = arguments.probation;
  return actAndReport(context, *target, arguments.name, options, arguments.wait);
}

Expected<void> runConfirm(Context &context, const std::string &name) {
  SUTURE_CLIENT_TRY(client::checkName(name));
  auto target = target::openTarget(context.target, &context.interrupt);
  if (!target)
    return std::unexpected(target.error());
  SUTURE_CLIENT_TRY(confirmPayload(context, *target, name));
  context.report.document()["name"] = output::jsonText(name);
  context.report.print(escaped(name) + ": confirmed, stays applied\n");
  return {};
}

Expected<void> runUnload(Context &context, const UnloadArguments &arguments) {
  std::vector<std::string> names = arguments.names;
  for (const std::string &name : names)
    SUTURE_CLIENT_TRY(client::checkName(name));
  auto target = target::openTarget(context.target, &context.interrupt);
  if (!target)
    return std::unexpected(target.error());
  Expected<client::Listing> listing;
  if (arguments.all || !target->keepsMetadata)
    listing = client::list(target->call, {.details = false});
  if (!listing)
    return std::unexpected(listing.error());
  if (arguments.all) {
    // Later ones first: an earlier one may export symbols that they are linked to.
    for (const client::ListedPayload &payload : std::views::reverse(listing->payloads)) {
      if (payload.state == format::PayloadState::Checked)
        names.push_back(payload.name);
    }
  }
  const auto options = actionOptions(*target, ActionKind::Unload, arguments.wait);
  output::Json &results = context.report.document()["results"] = output::Json::array();
  Expected<void> first;
  for (const std::string &name : names) {
    auto result = target->keepsMetadata ? Expected<void>() : checkUnload(*listing, name);
    if (result)
      result = asVoid(perform(target->call, name, options, arguments.wait.waitBound));
    results.push_back({{"name", output::jsonText(name)}, {"ok", result.has_value()}});
    if (result) {
      context.report.print(escaped(name) + ": unloaded\n");
      continue;
    }
    results.back()["reason"] = output::jsonText(result.error().reason);
    if (result.error().kind == ErrorKind::Interrupted || names.size() == 1)
      return std::unexpected(result.error());
    context.report.note(fmt::format("{}: {}", escaped(name), result.error().reason));
    if (first)
      first = std::unexpected(result.error());
  }
  return first;
}

} // namespace suture::verbs

// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs/show.h"

#include "cli/client/names.h"
#include "cli/output/duration.h"
#include "cli/output/table.h"
#include "cli/verbs/action.h"
#include "cli/verbs/json.h"

#include <cerrno>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace suture::verbs {

using client::escaped;
using client::Expected;
using output::hex;

namespace {

constexpr size_t shortBuildId = 12;

std::string shortHex(const std::vector<uint8_t> &bytes) {
  return bytes.empty() ? "-" : hex(bytes).substr(0, shortBuildId);
}

/// At most `widest` characters, cut on a character's boundary.
std::string shortened(const std::string &text, size_t widest) {
  if (client::displayWidth(text) <= widest)
    return text;
  size_t end = 0;
  for (size_t seen = 0; end < text.size(); ++end) {
    const bool starts = (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80;
    if (starts && ++seen > widest - 3)
      break;
  }
  return text.substr(0, end) + "...";
}

std::string metadataText(const client::ListedPayload &payload) {
  return shortened(escaped(fmt::format("{}", fmt::join(payload.metadata, ";"))), 60);
}

std::string stateText(const client::ListedPayload &payload) {
  std::string text(wordFor(payload.state));
  if (payload.result == -EAGAIN)
    text += " (under way)";
  else if (payload.result != 0)
    text += fmt::format(" (last: {})", client::errnoName(-payload.result));
  if (payload.detail && payload.detail->probationLeftMs != 0)
    text += fmt::format(" (probation, {:.0f} s left)", payload.detail->probationLeftMs / 1000.0);
  return text;
}

std::vector<std::string> rowOf(const client::Listing &listing,
                               const client::ListedPayload &payload) {
  std::vector<std::string> row{escaped(payload.name), stateText(payload)};
  if (payload.detail) {
    const client::Detail &detail = *payload.detail;
    row.push_back(detail.stackPosition != 0 ? std::to_string(detail.stackPosition) : "-");
    row.push_back(shortHex(detail.buildId));
    row.push_back(shortened(dependsText(listing, detail), 32));
    row.push_back(std::to_string(detail.functions));
  }
  row.push_back(metadataText(payload));
  return row;
}

std::string renderPayload(const client::Listing &listing, const client::ListedPayload &payload,
                          const client::Status &status) {
  std::string text =
      fmt::format("name       {}\nstate      {}\n", escaped(payload.name), stateText(payload));
  if (!status.reason.empty())
    text += fmt::format("reason     {}\n", escaped(status.reason));
  if (payload.detail) {
    const client::Detail &detail = *payload.detail;
    const auto span = [](uint64_t value) {
      return output::formatDuration(std::chrono::nanoseconds(value));
    };
    text += fmt::format("stack      {}\n", detail.stackPosition != 0
                                               ? std::to_string(detail.stackPosition)
                                               : "not applied");
    text += fmt::format("build-id   {}\n", hex(detail.buildId));
    text += fmt::format("depends on {} ({})\n", dependsText(listing, detail), hex(detail.depends));
    text += fmt::format("functions  {}\n", detail.functions);
    text += fmt::format("memory     {} bytes\n", detail.memorySize);
    const format::ActionTimes &times = detail.times;
    if (times.totalNs != 0)
      text += fmt::format("times      pause {}, rendezvous {}, total {} ({}, {}, {} ticks)\n",
                          span(times.pauseNs), span(times.rendezvousNs), span(times.totalNs),
                          times.pauseTicks, times.rendezvousTicks, times.totalTicks);
  }
  for (const std::string &entry : payload.metadata)
    text += fmt::format("metadata   {}\n", escaped(entry));
  return text;
}

} // namespace

std::string dependsText(const client::Listing &listing, const client::Detail &detail) {
  if (detail.depends.empty())
    return "-";
  if (detail.depends == listing.hypervisorBuildId)
    return "hypervisor";
  for (const client::ListedPayload &payload : listing.payloads) {
    if (payload.detail && payload.detail->buildId == detail.depends)
      return escaped(payload.name);
  }
  return shortHex(detail.depends) + " (absent)";
}

std::string renderListing(const client::Listing &listing) {
  std::vector<std::vector<std::string>> rows;
  for (const client::ListedPayload &payload : listing.payloads)
    rows.push_back(rowOf(listing, payload));
  if (rows.empty())
    return "no payloads\n";
  std::vector<std::string> header{"NAME", "STATE", "METADATA"};
  if (listing.payloads.front().detail)
    header = {"NAME", "STATE", "STACK", "BUILD-ID", "DEPENDS ON", "FUNCTIONS", "METADATA"};
  return output::renderTable(header, rows);
}

Expected<void> runList(Context &context) {
  auto target = target::openTarget(context.target, &context.interrupt);
  if (!target)
    return std::unexpected(target.error());
  auto listing = client::list(target->call);
  if (!listing)
    return std::unexpected(listing.error());
  context.report.document().update(toJson(*listing));
  context.report.print(renderListing(*listing));
  return {};
}

Expected<void> runGet(Context &context, const std::string &name) {
  SUTURE_CLIENT_TRY(client::checkName(name));
  auto target = target::openTarget(context.target, &context.interrupt);
  if (!target)
    return std::unexpected(target.error());
  auto status = client::get(target->call, name);
  if (!status)
    return std::unexpected(status.error());
  auto listing = client::list(target->call);
  if (!listing)
    return std::unexpected(listing.error());
  const client::ListedPayload *payload = client::find(*listing, name);
  if (payload == nullptr)
    return client::failure(client::ErrorKind::TryAgain, ENOENT,
                           escaped(name) + " was unloaded while it was looked at");
  context.report.document().update(toJson(*payload));
  if (!status->reason.empty())
    context.report.document()["reason"] = output::jsonText(status->reason);
  context.report.print(renderPayload(*listing, *payload, *status));
  return {};
}

} // namespace suture::verbs

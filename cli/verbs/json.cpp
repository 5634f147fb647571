// SPDX-License-Identifier: Apache-2.0
#include "cli/verbs/json.h"

#include "cli/output/table.h"

namespace suture::verbs {

using output::hex;
using output::Json;
using output::jsonText;

namespace {

/// 0, or the symbolic errno of a negated one.
Json resultJson(int32_t result) {
  return result == 0 ? Json("ok") : Json(client::errnoName(-result));
}

Json toJson(const format::ActionTimes &times) {
  return Json{{"rendezvousNs", times.rendezvousNs}, {"pauseNs", times.pauseNs},
              {"totalNs", times.totalNs},           {"rendezvousTicks", times.rendezvousTicks},
              {"pauseTicks", times.pauseTicks},     {"totalTicks", times.totalTicks}};
}

} // namespace

Json toJson(const client::Detail &detail) {
  return Json{{"stack", detail.stackPosition},
              {"functions", detail.functions},
              {"probationLeftMs", detail.probationLeftMs},
              {"buildId", hex(detail.buildId)},
              {"depends", hex(detail.depends)},
              {"memoryBytes", detail.memorySize},
              {"times", toJson(detail.times)}};
}

Json toJson(const ActionResult &result) {
  Json json;
  json["state"] = result.state ? Json(wordFor(*result.state)) : Json(nullptr);
  if (result.detail)
    json.update(toJson(*result.detail));
  return json;
}

Json toJson(const client::ListedPayload &payload) {
  Json json;
  json["name"] = jsonText(payload.name);
  json["state"] = wordFor(payload.state);
  json["result"] = resultJson(payload.result);
  Json metadata = Json::array();
  for (const std::string &entry : payload.metadata)
    metadata.push_back(jsonText(entry));
  json["metadata"] = std::move(metadata);
  if (payload.detail)
    json.update(toJson(*payload.detail));
  return json;
}

Json toJson(const client::Listing &listing) {
  Json json;
  json["version"] = listing.version;
  if (!listing.hypervisorBuildId.empty())
    json["hypervisorBuildId"] = hex(listing.hypervisorBuildId);
  json["done"] = listing.payloads.size();
  json["left"] = 0;
  Json payloads = Json::array();
  for (const client::ListedPayload &payload : listing.payloads)
    payloads.push_back(toJson(payload));
  json["payloads"] = std::move(payloads);
  return json;
}

} // namespace suture::verbs

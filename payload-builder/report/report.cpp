// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/report/report.h"

#include "payload-builder/support/demangle.h"

#include <fmt/format.h>

namespace suture::builder {

namespace {

using Json = nlohmann::json;

Json locationJson(const SourceLocation &location) {
  if (location.file.empty())
    return nullptr;
  return {{"file", location.file}, {"line", location.line}, {"column", location.column}};
}

Json fieldsJson(const std::vector<LayoutField> &fields) {
  Json result = Json::array();
  for (const LayoutField &field : fields)
    result.push_back({{"name", field.name},
                      {"type", field.type},
                      {"bitOffset", field.bitOffset},
                      {"bitSize", field.bitSize}});
  return result;
}

std::string fieldsText(char mark, const std::vector<LayoutField> &fields) {
  std::string text;
  for (const LayoutField &field : fields)
    text += fmt::format("    {} {:5}+{:<3} {} {}\n", mark, field.bitOffset / 8, field.bitSize / 8,
                        field.type, field.name);
  return text;
}

} // namespace

std::string payloadReport(const Plan &plan) {
  const Json report = {{"functions", functionsJson(plan)}, {"notes", plan.notes}};
  return report.dump(1) + "\n";
}

Json functionsJson(const Plan &plan) {
  Json result = Json::array();
  for (const PlannedFunction &function : plan.functions) {
    Json chain = Json::array();
    for (const std::string &name : function.why.chain)
      chain.push_back(shortName(name));
    result.push_back(
        {{"name", function.name},
         {"display", function.displayName},
         {"unit", function.unit},
         {"address", function.oldAddress ? fmt::format("{:#x}", function.oldAddress->value) : ""},
         {"oldSize", function.oldSize},
         {"newSize", function.newSize},
         {"why", kindName(function.why.kind)},
         {"chain", chain},
         {"detail", function.why.detail},
         {"location", locationJson(function.why.location)}});
  }
  return result;
}

Json refusalsJson(const std::vector<Refusal> &refusals) {
  Json result = Json::array();
  for (const Refusal &refusal : refusals)
    result.push_back({{"stage", stageName(refusal.stage)},
                      {"code", codeName(refusal.code)},
                      {"location", locationJson(refusal.location)},
                      {"subject", refusal.subject},
                      {"reason", refusal.reason},
                      {"advice", refusal.advice}});
  return result;
}

Json dismissedJson(const std::vector<DismissedUnit> &dismissed) {
  Json result = Json::array();
  for (const DismissedUnit &unit : dismissed)
    result.push_back({{"unit", unit.source}, {"why", unit.why}});
  return result;
}

Json layoutsJson(const std::vector<LayoutChange> &layouts) {
  Json result = Json::array();
  for (const LayoutChange &layout : layouts)
    result.push_back({{"type", layout.type},
                      {"location", locationJson(layout.location)},
                      {"baseSize", layout.baseSize},
                      {"patchedSize", layout.patchedSize},
                      {"baseFields", fieldsJson(layout.baseFields)},
                      {"patchedFields", fieldsJson(layout.patchedFields)},
                      {"users", layout.users},
                      {"units", layout.unitCount},
                      {"harmless", layout.harmless}});
  return result;
}

std::string functionsText(const Plan &plan) {
  std::string text;
  for (const PlannedFunction &function : plan.functions)
    text += fmt::format("  {}: {}\n", function.displayName, toString(function.why));
  for (const std::string &note : plan.notes)
    text += fmt::format("  note: {}\n", note);
  return text;
}

std::string refusalsText(const std::vector<Refusal> &refusals) {
  std::string text;
  for (const Refusal &refusal : refusals)
    text += toString(refusal);
  return text;
}

std::string layoutsText(const std::vector<LayoutChange> &layouts) {
  std::string text;
  for (const LayoutChange &layout : layouts) {
    text += fmt::format("  {} ({}): {} -> {} bytes, used by {} functions in {} units\n",
                        layout.type, toString(layout.location), layout.baseSize, layout.patchedSize,
                        layout.users.size(), layout.unitCount);
    text += fieldsText('-', layout.baseFields) + fieldsText('+', layout.patchedFields);
  }
  return text;
}

} // namespace suture::builder

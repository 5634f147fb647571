// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/report/report.h"

#include "payload-builder/support/demangle.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>
#include <tuple>
#include <utility>

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

/// How many names a line lists before it says how many more there are.
constexpr size_t shownNames = 6;
constexpr size_t shownFields = 24;

std::string listText(const std::vector<std::string> &names) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < shownNames; ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > shownNames)
    text += fmt::format(" and {} more", names.size() - shownNames);
  return text;
}

using FieldKey = std::tuple<std::string, std::string, uint64_t>;
FieldKey keyOf(const LayoutField &field) { return {field.name, field.type, field.bitSize}; }

/// `8`, or `8:3` for a bit field that does not start at a byte.
std::string offsetText(uint64_t bits) {
  return bits % 8 == 0 ? fmt::format("{}", bits / 8) : fmt::format("{}:{}", bits / 8, bits % 8);
}

/// `    + offset+size type name` for each field that the other state does not have.
std::string fieldsText(char mark, const std::vector<LayoutField> &fields,
                       const std::set<FieldKey> &others) {
  std::string text;
  size_t count = 0;
  for (const LayoutField &field : fields)
    if (!others.contains(keyOf(field)) && ++count <= shownFields)
      text += fmt::format("    {} {:>6}+{:<4} {}{}{}\n", mark, offsetText(field.bitOffset),
                          offsetText(field.bitSize), field.type, field.type.empty() ? "" : " ",
                          field.name);
  if (count > shownFields)
    text += fmt::format("    {} and {} more\n", mark, count - shownFields);
  return text;
}

/// Fields that are in both states, at other offsets.
std::string movedText(const LayoutChange &layout) {
  std::map<FieldKey, uint64_t> before;
  for (const LayoutField &field : layout.baseFields)
    before.emplace(keyOf(field), field.bitOffset);
  std::vector<std::string> moved;
  for (const LayoutField &field : layout.patchedFields)
    if (auto found = before.find(keyOf(field));
        found != before.end() && found->second != field.bitOffset)
      moved.push_back(fmt::format("{} {} -> {}", field.name, offsetText(found->second),
                                  offsetText(field.bitOffset)));
  return moved.empty() ? "" : fmt::format("    moved: {}\n", listText(moved));
}

constexpr std::string_view escapeReason =
    "the target may keep it, and after a revert and an unload it would lead nowhere";
constexpr std::string_view escapeAdvice =
    "The payload says that it must not be unloaded. Keep it loaded, or take the address back in a "
    "revert hook.";

} // namespace

std::string payloadReport(const Plan &plan) {
  const Json report = {
      {"functions", functionsJson(plan)}, {"constants", plan.constants}, {"notes", plan.notes}};
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
    text += fmt::format("  {} ({}): {} -> {} bytes, used by {} function{} in {} unit{}",
                        layout.type, toString(layout.location), layout.baseSize, layout.patchedSize,
                        layout.users.size(), layout.users.size() == 1 ? "" : "s", layout.unitCount,
                        layout.unitCount == 1 ? "" : "s");
    text += layout.users.empty() ? "\n" : ": " + listText(layout.users) + "\n";
    std::set<FieldKey> before, after;
    for (const LayoutField &field : layout.baseFields)
      before.insert(keyOf(field));
    for (const LayoutField &field : layout.patchedFields)
      after.insert(keyOf(field));
    text += fieldsText('-', layout.baseFields, after) +
            fieldsText('+', layout.patchedFields, before) + movedText(layout);
  }
  return text;
}

std::string dismissedText(const std::vector<DismissedUnit> &dismissed) {
  // By reason, in the order in which each appears first.
  std::vector<std::pair<std::string, std::vector<std::string>>> reasons;
  for (const DismissedUnit &unit : dismissed) {
    auto found =
        std::ranges::find(reasons, unit.why, [](const auto &entry) { return entry.first; });
    if (found == reasons.end())
      found = reasons.insert(reasons.end(), {unit.why, {}});
    found->second.push_back(unit.source);
  }
  std::string text;
  for (const auto &[why, units] : reasons) {
    if (units.size() > shownNames) {
      text += fmt::format("  left out {} units: {} ({})\n", units.size(), why, listText(units));
      continue;
    }
    for (const std::string &unit : units)
      text += fmt::format("  left out {}: {}\n", unit, why);
  }
  return text;
}

Json warningsJson(const std::vector<Escape> &escapes) {
  Json result = Json::array();
  for (const Escape &escape : escapes)
    result.push_back({{"code", "address-escapes"},
                      {"location", locationJson(escape.location)},
                      {"subject", escape.subject.empty() ? "a string" : escape.subject},
                      {"reason", fmt::format("its address {} by {}: {}", escape.how,
                                             escape.function, escapeReason)},
                      {"advice", escapeAdvice}});
  return result;
}

std::string warningsText(const std::vector<Escape> &escapes) {
  std::string text;
  for (const Escape &escape : escapes)
    text += fmt::format("warning: {}: {}: its address {} by {}: {}\n", toString(escape.location),
                        escape.subject.empty() ? "a string" : escape.subject, escape.how,
                        escape.function, escapeReason);
  if (!escapes.empty())
    text += fmt::format("  {}\n", escapeAdvice);
  return text;
}

} // namespace suture::builder

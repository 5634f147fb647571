// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/report/report.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

PlannedFunction function(const std::string &name, Why why) {
  PlannedFunction result;
  result.name = "a.c#" + name;
  result.displayName = name;
  result.unit = "a.c";
  result.oldAddress = TargetAddress{0xffff82d040201000};
  result.oldSize = 64;
  result.newSize = 80;
  result.why = std::move(why);
  return result;
}

Plan planWith(std::vector<PlannedFunction> functions) {
  Plan plan;
  plan.functions = std::move(functions);
  return plan;
}

TEST(Report, NamesTheChainFromAFunctionToTheChange) {
  const Plan plan =
      planWith({function("hvcall_flush_ex", {.kind = WhyKind::Inlines,
                                             .chain = {"hv_vpset_to_vpmask", "vpmask_set"},
                                             .location = {"viridian.c", 562, 0},
                                             .detail = "body"}),
                function("vpmask_init", {.kind = WhyKind::ChangedItself,
                                         .chain = {},
                                         .location = {"viridian.c", 540, 0},
                                         .detail = "body"})});
  EXPECT_EQ(functionsText(plan),
            "  hvcall_flush_ex: inlines hv_vpset_to_vpmask -> vpmask_set, changed at "
            "viridian.c:562 (body)\n"
            "  vpmask_init: changed at viridian.c:540 (body)\n");
}

TEST(Report, FunctionsAsJsonHaveAllThatTheTextHas) {
  const auto json = functionsJson(planWith({function(
      "f",
      {.kind = WhyKind::Inlines, .chain = {"g"}, .location = {"a.h", 3, 5}, .detail = "body"})}));
  const nlohmann::json expected = {
      {"name", "a.c#f"},  {"display", "f"},
      {"unit", "a.c"},    {"address", "0xffff82d040201000"},
      {"oldSize", 64},    {"newSize", 80},
      {"why", "inlines"}, {"chain", {"g"}},
      {"detail", "body"}, {"location", {{"file", "a.h"}, {"line", 3}, {"column", 5}}}};
  EXPECT_EQ(json, nlohmann::json::array({expected}));
}

TEST(Report, NotesFollowTheFunctions) {
  Plan plan;
  plan.notes = {"start: not replaced, it ran at boot and is gone"};
  EXPECT_EQ(functionsText(plan), "  note: start: not replaced, it ran at boot and is gone\n");
}

TEST(Report, SamePlanGivesTheSameReport) {
  const Plan plan = planWith({function("f", {})});
  EXPECT_EQ(payloadReport(plan), payloadReport(plan));
  EXPECT_EQ(nlohmann::json::parse(payloadReport(plan))["functions"], functionsJson(plan));
}

LayoutChange domainLayout() {
  LayoutChange layout;
  layout.type = "struct domain";
  layout.location = {"sched.h", 365, 8};
  layout.baseSize = 16;
  layout.patchedSize = 24;
  layout.baseFields = {{"id", "int", 0, 32}, {"old", "int", 32, 32}, {"pages", "long", 64, 64}};
  layout.patchedFields = {{"id", "int", 0, 32},
                          {"flags", "long", 64, 64},
                          {"busy", "unsigned int", 33, 1},
                          {"pages", "long", 128, 64}};
  layout.users = {"domain_kill", "domain_pause"};
  layout.unitCount = 203;
  return layout;
}

TEST(Report, LayoutShowsWhatIsGoneNewAndElsewhere) {
  EXPECT_EQ(layoutsText({domainLayout()}),
            "  struct domain (sched.h:365:8): 16 -> 24 bytes, used by 2 functions in 203 units: "
            "domain_kill, domain_pause\n"
            "    -      4+4    int old\n"
            "    +      8+8    long flags\n"
            "    +    4:1+0:1  unsigned int busy\n"
            "    moved: pages 8 -> 16\n");
}

TEST(Report, LayoutAsJsonHasEveryField) {
  const auto json = layoutsJson({domainLayout()}).at(0);
  EXPECT_EQ(json["baseFields"].size(), 3u);
  EXPECT_EQ(json["patchedFields"].size(), 4u);
  EXPECT_EQ(json["users"], nlohmann::json({"domain_kill", "domain_pause"}));
  EXPECT_EQ(json["units"], 203);
  EXPECT_EQ(json["harmless"], false);
}

TEST(Report, ManyMovedFieldsAreCounted) {
  LayoutChange layout;
  layout.type = "struct s";
  for (unsigned i = 0; i < 10; ++i) {
    layout.baseFields.push_back({"f" + std::to_string(i), "int", 32 * i, 32});
    layout.patchedFields.push_back({"f" + std::to_string(i), "int", 32 * (i + 1), 32});
  }
  EXPECT_NE(layoutsText({layout}).find("f5 20 -> 24 and 4 more\n"), std::string::npos);
}

TEST(Report, UnitsLeftOutForOneReasonShareALine) {
  EXPECT_EQ(dismissedText({{"a.c", "its code is the same"}, {"b.c", "not compiled"}}),
            "  left out a.c: its code is the same\n  left out b.c: not compiled\n");
  std::vector<DismissedUnit> many;
  for (char name = 'a'; name <= 'j'; ++name)
    many.push_back({std::string(1, name) + ".c", "mentions nothing"});
  EXPECT_EQ(dismissedText(many),
            "  left out 10 units: mentions nothing (a.c, b.c, c.c, d.c, e.c, f.c and 4 more)\n");
  EXPECT_EQ(dismissedJson(many).size(), 10u);
}

TEST(Report, EscapeSaysWhereAndWhatToDo) {
  const std::vector<Escape> escapes = {{"tick", "start", {"timer.c", 12, 5}, "is passed to add"},
                                       {"", "open", {"timer.c", 20, 3}, "is stored in d->name"}};
  const std::string text = warningsText(escapes);
  EXPECT_TRUE(
      text.starts_with("warning: timer.c:12:5: tick: its address is passed to add by start"))
      << text;
  EXPECT_NE(text.find("timer.c:20:3: a string: its address is stored in d->name by open"),
            std::string::npos);
  const auto json = warningsJson(escapes);
  ASSERT_EQ(json.size(), 2u);
  EXPECT_EQ(json[0]["code"], "address-escapes");
  EXPECT_EQ(json[0]["subject"], "tick");
  EXPECT_EQ(json[1]["location"]["line"], 20);
  EXPECT_FALSE(json[0]["advice"].get<std::string>().empty());
}

TEST(Report, RefusalsAreAllThere) {
  const std::vector<Refusal> refusals = {
      {Stage::Changes, RefusalCode::LayoutChanged, {"a.h", 1, 0}, "struct s", "reason", "advice"},
      {Stage::Plan, RefusalCode::FunctionTooSmall, {}, "f", "too small", ""}};
  const std::string text = refusalsText(refusals);
  EXPECT_NE(text.find("a.h:1: struct s: reason"), std::string::npos) << text;
  EXPECT_NE(text.find("f: too small"), std::string::npos) << text;
  EXPECT_EQ(refusalsJson(refusals)[0]["code"], "layout-changed");
  EXPECT_TRUE(refusalsJson(refusals)[1]["location"].is_null());
}

} // namespace
} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/support/refusal.h"

#include <algorithm>
#include <tuple>

namespace suture::builder {

std::string_view stageName(Stage stage) {
  switch (stage) {
  case Stage::Diff:
    return "diff";
  case Stage::Units:
    return "units";
  case Stage::Changes:
    return "changes";
  case Stage::Objects:
    return "objects";
  case Stage::Plan:
    return "plan";
  case Stage::Link:
    return "link";
  case Stage::Verify:
    return "verify";
  }
  return "";
}

std::string_view codeName(RefusalCode code) {
  switch (code) {
  case RefusalCode::HunkDoesNotApply:
    return "hunk-does-not-apply";
  case RefusalCode::BinaryFile:
    return "binary-file";
  case RefusalCode::PathOutsideTree:
    return "path-outside-tree";
  case RefusalCode::SpecialFile:
    return "special-file";
  case RefusalCode::AssemblyFile:
    return "assembly-file";
  case RefusalCode::LinkerScriptFile:
    return "linker-script";
  case RefusalCode::BuildFile:
    return "build-file";
  case RefusalCode::NoCompileCommand:
    return "no-compile-command";
  case RefusalCode::LayoutChanged:
    return "layout-changed";
  case RefusalCode::InitializerOfLiveDataChanged:
    return "initializer-of-live-data-changed";
  case RefusalCode::TypeOfLiveDataChanged:
    return "type-of-live-data-changed";
  case RefusalCode::VtableLayoutChanged:
    return "vtable-layout-changed";
  case RefusalCode::GlobalConstructor:
    return "global-constructor";
  case RefusalCode::InitOnlyChange:
    return "init-only-change";
  case RefusalCode::NewPerCpuVariable:
    return "new-per-cpu-variable";
  case RefusalCode::NewInitcall:
    return "new-initcall";
  case RefusalCode::NewBootParameter:
    return "new-boot-parameter";
  case RefusalCode::UnexplainedObjectChange:
    return "unexplained-object-change";
  case RefusalCode::CodeTableChanged:
    return "code-table-changed";
  case RefusalCode::UnknownSection:
    return "unknown-section";
  case RefusalCode::UnsupportedRelocation:
    return "unsupported-relocation";
  case RefusalCode::UndecodableCode:
    return "undecodable-code";
  case RefusalCode::DefinedElsewhere:
    return "defined-elsewhere";
  case RefusalCode::LiveDataReplaced:
    return "live-data-replaced";
  case RefusalCode::SectionListChanged:
    return "section-list-changed";
  case RefusalCode::FunctionTooSmall:
    return "function-too-small";
  case RefusalCode::UnpatchableFunction:
    return "unpatchable-function";
  case RefusalCode::TargetFunctionMissing:
    return "target-function-missing";
  case RefusalCode::TargetSymbolMissing:
    return "target-symbol-missing";
  case RefusalCode::AmbiguousTargetSymbol:
    return "ambiguous-target-symbol";
  case RefusalCode::InitFunction:
    return "init-function";
  case RefusalCode::ThreadLocalData:
    return "thread-local-data";
  case RefusalCode::PayloadTooLarge:
    return "payload-too-large";
  case RefusalCode::NothingToPatch:
    return "nothing-to-patch";
  case RefusalCode::ReplacementUndeclared:
    return "replacement-undeclared";
  case RefusalCode::ReplacementClobbersRegisters:
    return "replacement-clobbers-registers";
  case RefusalCode::ReproductionMismatch:
    return "reproduction-mismatch";
  case RefusalCode::LoadRefused:
    return "load-refused";
  case RefusalCode::DependencyNotOfThisImage:
    return "dependency-not-of-this-image";
  }
  return "";
}

std::string toString(const Refusal &refusal) {
  std::string text = toString(refusal.location);
  if (!text.empty())
    text += ": ";
  if (!refusal.subject.empty())
    text += refusal.subject + ": ";
  text += refusal.reason + '\n';
  if (!refusal.advice.empty())
    text += "  " + refusal.advice + '\n';
  return text;
}

void sortRefusals(std::vector<Refusal> &refusals) {
  const auto key = [](const Refusal &r) {
    return std::tie(r.stage, r.location, r.subject, r.code, r.reason, r.advice);
  };
  std::ranges::sort(refusals, [&](const auto &a, const auto &b) { return key(a) < key(b); });
  const auto tail =
      std::ranges::unique(refusals, [&](const auto &a, const auto &b) { return key(a) == key(b); });
  refusals.erase(tail.begin(), tail.end());
}

} // namespace suture::builder

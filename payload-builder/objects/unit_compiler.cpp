// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/unit_compiler.h"

#include "payload-builder/objects/built_object.h"
#include "payload-builder/objects/reusable_object.h"
#include "payload-builder/objects/same_in_memory.h"
#include "payload-builder/support/parallel.h"

#include <algorithm>
#include <filesystem>
#include <set>

namespace suture::builder {

llvm::Expected<UnitCompiler> UnitCompiler::create(Request request) {
  UnitCompiler compiler(std::move(request));
  Request &asked = compiler.request_;
  compiler.base_ = std::make_unique<UnitShadows>(asked.tree, std::move(asked.baseTexts));
  compiler.patched_ = std::make_unique<UnitShadows>(asked.tree, std::move(asked.patchedTexts));
  auto outputs = TempDir::create();
  if (!outputs)
    return outputs.takeError();
  compiler.outputs_.emplace(std::move(*outputs));
  return compiler;
}

llvm::Expected<ObjectModel> UnitCompiler::compileBase(const Unit &unit) const {
  return compileState(unit, TreeState::Base);
}

std::optional<ObjectModel> UnitCompiler::takeBuiltBase(const Unit &unit) const {
  return base_->areOnDisk() && request_.reuseBuild ? findReusableObject(unit.command)
                                                   : std::nullopt;
}

llvm::Expected<CompiledUnit> UnitCompiler::compileWithStaticLocals(const Unit &unit) const {
  auto base = compileState(unit, TreeState::Base, DebugInformation::StaticLocals);
  if (!base)
    return base.takeError();
  auto patched = compileState(unit, TreeState::Patched, DebugInformation::StaticLocals);
  if (!patched)
    return patched.takeError();
  return CompiledUnit{.base = std::move(*base), .patched = std::move(*patched)};
}

llvm::Expected<ObjectModel> UnitCompiler::compileState(const Unit &unit, TreeState state,
                                                       DebugInformation debugInformation) const {
  const bool isBase = state == TreeState::Base;
  UnitShadows &shadows = isBase ? *base_ : *patched_;
  return shadows.run(unit, [&](const ShadowTree *tree) -> llvm::Expected<ObjectModel> {
    const CompileRequest wanted{.command = unit.command,
                                .tree = tree,
                                .sections = CodeSections::Split,
                                .debugInformation = debugInformation,
                                .outputFolder = outputs_->path()};
    auto object = isBase && tree == nullptr && request_.cache != nullptr
                      ? request_.cache->compile(wanted)
                      : compileToElf(wanted);
    if (!object)
      return object.takeError();
    return ObjectModel::parse(std::move(*object));
  });
}

llvm::Expected<ElfFile> UnitCompiler::compileAsRecorded(const Unit &unit, TreeState state) const {
  UnitShadows &shadows = state == TreeState::Base ? *base_ : *patched_;
  return shadows.run(unit, [&](const ShadowTree *tree) {
    return compileToElf({.command = unit.command,
                         .tree = tree,
                         .sections = CodeSections::AsRecorded,
                         .outputFolder = outputs_->path()});
  });
}

bool UnitCompiler::mayReadLowerChange(const Unit &unit) const {
  if (base_->areOnDisk())
    return false;
  std::set<std::string> names;
  for (const auto &[path, versions] : request_.tree.files)
    if (versions.original() != versions.base())
      names.insert(std::filesystem::path(path).filename());
  const auto &inputs = unit.command.inputs;
  return !inputs || std::ranges::any_of(*inputs, [&](const std::string &input) {
    return names.contains(std::filesystem::path(input).filename());
  });
}

llvm::Expected<ElfFile> UnitCompiler::builtBase(const Unit &unit) const {
  if (!mayReadLowerChange(unit))
    if (auto built = openBuiltObject(unit.command))
      return std::move(*built);
  return compileAsRecorded(unit, TreeState::Base);
}

llvm::Expected<ObjectModel> UnitCompiler::compileBaseAsRecorded(const Unit &unit) const {
  auto object = compileAsRecorded(unit, TreeState::Base);
  if (!object)
    return object.takeError();
  return ObjectModel::parse(std::move(*object));
}

bool UnitCompiler::givesBuiltObject(const Unit &unit) const {
  const auto built = openBuiltObject(unit.command);
  if (!built)
    return false;
  auto object = compileAsRecorded(unit, TreeState::Patched);
  if (object)
    return areSameInMemory(*built, *object);
  llvm::consumeError(object.takeError()); // It comes out again when the unit is taken.
  return false;
}

std::vector<char> UnitCompiler::givesBuiltObject(std::span<const Unit> units,
                                                 const std::function<void()> &done) const {
  std::vector<char> same(units.size(), 0);
  // What the build left is the base only while that is what lies on disk.
  if (!base_->areOnDisk() || patched_->areOnDisk() || !request_.reuseBuild)
    return same;
  parallelFor(units.size(), [&](size_t index) {
    same[index] = givesBuiltObject(units[index]);
    if (done)
      done();
  });
  return same;
}

llvm::Expected<std::vector<AssembledUnit>>
UnitCompiler::assemble(std::span<const Unit> units) const {
  std::vector<std::optional<ElfFile>> objects(2 * units.size());
  if (llvm::Error error = tryParallelFor(objects.size(), [&](size_t task) -> llvm::Error {
        auto object = compileAsRecorded(units[task / 2],
                                        task % 2 == 0 ? TreeState::Base : TreeState::Patched);
        if (!object)
          return object.takeError();
        objects[task].emplace(std::move(*object));
        return llvm::Error::success();
      }))
    return error;
  std::vector<AssembledUnit> result;
  for (size_t i = 0; i < units.size(); ++i)
    result.push_back({std::move(*objects[2 * i]), std::move(*objects[2 * i + 1])});
  return result;
}

llvm::Expected<std::vector<char>> UnitCompiler::giveSameBytes(std::span<const Unit> units) const {
  std::vector<std::string> objects(2 * units.size());
  if (llvm::Error error = tryParallelFor(objects.size(), [&](size_t task) -> llvm::Error {
        UnitShadows &shadows = task % 2 == 0 ? *base_ : *patched_;
        auto object = shadows.run(units[task / 2], [&](const ShadowTree *tree) {
          return compileToBytes({.command = units[task / 2].command,
                                 .tree = tree,
                                 .sections = CodeSections::AsRecorded,
                                 .outputFolder = outputs_->path()});
        });
        if (!object)
          return object.takeError();
        objects[task] = std::move(*object);
        return llvm::Error::success();
      }))
    return error;
  std::vector<char> same;
  for (size_t i = 0; i < units.size(); ++i)
    same.push_back(objects[2 * i] == objects[2 * i + 1]);
  return same;
}

void UnitCompiler::prepare(std::span<const Unit> units) {
  // All slots exist before threads write to them.
  std::vector<std::pair<const Unit *, Slot *>> open;
  for (const Unit &unit : units) {
    const auto [entry, isNew] = slots_.try_emplace({unit.source, unit.command.output});
    if (isNew)
      open.emplace_back(&unit, &entry->second);
  }
  // Each state is a task of its own.
  parallelFor(2 * open.size(), [&](size_t task) {
    const auto [unit, slot] = open[task / 2];
    const TreeState state = task % 2 == 0 ? TreeState::Patched : TreeState::Base;
    if (state == TreeState::Base && (slot->base = takeBuiltBase(*unit))) {
      slot->isBuiltBase = true;
      return;
    }
    auto object = compileState(*unit, state);
    if (object)
      (state == TreeState::Base ? slot->base : slot->patched).emplace(std::move(*object));
    else
      slot->errors[task % 2] = toString(object.takeError());
  });
}

llvm::Expected<std::vector<CompiledUnit>> UnitCompiler::take(std::span<const Unit> units) {
  prepare(units);
  std::vector<CompiledUnit> result;
  std::string errors;
  for (const Unit &unit : units) {
    auto slot = slots_.extract({unit.source, unit.command.output});
    const std::string unitErrors = slot.mapped().errors[0] + slot.mapped().errors[1];
    errors += unitErrors;
    if (unitErrors.empty())
      result.push_back({std::move(*slot.mapped().base), std::move(*slot.mapped().patched),
                        slot.mapped().isBuiltBase});
  }
  if (!errors.empty())
    return llvm::createStringError(llvm::inconvertibleErrorCode(), "%s", errors.c_str());
  return result;
}

} // namespace suture::builder

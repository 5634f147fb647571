// SPDX-License-Identifier: Apache-2.0
#pragma once
// A reference model of the livepatch state machine: plain containers, no memory of its own to get
// wrong, written from docs/control-interface.md and not from the core. The operations fuzzer runs
// both and compares.

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace suture::fuzz {

/// What the model knows of a payload file.
struct Variant {
  uint64_t seed = 0;
  /// Build-id it is stacked on: a variant's seed, or 0 for the hypervisor.
  uint64_t dependsSeed = 0;
  /// Slots of the imaginary text that it patches.
  std::vector<uint32_t> slots;
  bool writableData = false;
  bool preHooks = false;
  bool postHooks = false;
  /// Expects slot 0 unpatched.
  bool expectsOriginal = false;
  bool exportsSymbol = false;
  bool importsSymbol = false;
  /// Its metadata have unload=no.
  bool staysLoaded = false;
};

enum class Verb : uint32_t { Unload = 1, Revert = 2, Apply = 3, Replace = 4 };

/// What the world does during one operation.
struct World {
  int32_t preHookResult = 0;
  bool timeOut = false;
};

class Model final {
public:
  struct Item {
    Variant variant;
    bool applied = false, wasApplied = false;
    int32_t result = 0;
    bool onProbation = false;
    bool usesExporter = false;
  };

  static constexpr int32_t noEntry = -2, busy = -16, exists = -17, invalid = -22,
                           notSupported = -95;

  int32_t upload(const std::string &name, const Variant &variant) {
    if (items.contains(name))
      return exists;
    if (variant.importsSymbol && exporter() == nullptr)
      return noEntry;
    for (const auto &[other, item] : items)
      if (item.variant.seed == variant.seed)
        return exists;
    if (variant.exportsSymbol && exporter() != nullptr)
      return exists;
    Item item{.variant = variant};
    item.usesExporter = variant.importsSymbol;
    items[name] = item;
    order.push_back(name);
    ++version;
    return 0;
  }

  /// What asking answers and, when that is 0, what the payload's result is afterwards.
  int32_t act(const std::string &name, uint32_t verb, uint32_t flags,
              std::optional<uint32_t> probation, const World &world) {
    auto found = items.find(name);
    if (found == items.end())
      return noEntry;
    Item &item = found->second;
    if (verb < 1 || verb > 4)
      return notSupported;
    const Verb what{verb};
    if ((flags & ~1u) != 0 || (what != Verb::Apply && (flags != 0 || probation)) ||
        probation == uint32_t{0})
      return invalid;
    if (item.applied != (what == Verb::Revert))
      return invalid;
    switch (what) {
    case Verb::Unload:
      return unload(name, item);
    case Verb::Revert:
      return revert(name, item, world);
    case Verb::Apply:
      return apply(name, item, flags, probation, world);
    case Verb::Replace:
      return replace(name, item, world);
    }
    return 0;
  }

  int32_t confirm(const std::string &name) {
    auto found = items.find(name);
    if (found == items.end())
      return noEntry;
    if (!found->second.onProbation)
      return invalid;
    found->second.onProbation = false;
    ++version;
    return 0;
  }

  /// Probation is over.
  void expire(const World &world) {
    if (stack.empty() || !items[stack.back()].onProbation)
      return;
    const std::string name = stack.back();
    (void)revert(name, items[name], world);
  }

  std::map<std::string, Item> items;
  /// Names in upload order; applied ones, bottom first.
  std::vector<std::string> order, stack;
  uint32_t version = 1;

private:
  const Item *exporter() const {
    for (const auto &[name, item] : items)
      if (item.variant.exportsSymbol)
        return &item;
    return nullptr;
  }

  int32_t unload(const std::string &name, const Item &item) {
    if (item.variant.exportsSymbol)
      for (const auto &[other, user] : items)
        if (user.usesExporter)
          return busy;
    if (item.wasApplied && item.variant.staysLoaded)
      return busy;
    std::erase(order, name);
    items.erase(name);
    ++version;
    return 0;
  }

  int32_t revert(const std::string &name, Item &item, const World &world) {
    if (stack.back() != name)
      return busy;
    if (item.variant.preHooks && world.preHookResult != 0)
      return item.result = world.preHookResult < 0 ? world.preHookResult : invalid;
    if (world.timeOut) {
      item.result = busy;
      return 0;
    }
    stack.pop_back();
    item.applied = item.onProbation = false;
    item.result = 0;
    ++version;
    return 0;
  }

  int32_t beforeApply(const Item &item) const {
    if (item.wasApplied && item.variant.writableData)
      return invalid;
    if (!stack.empty() && items.at(stack.back()).onProbation)
      return busy;
    return 0;
  }

  int32_t apply(const std::string &name, Item &item, uint32_t flags,
                std::optional<uint32_t> probation, const World &world) {
    if (int32_t refused = beforeApply(item))
      return refused;
    const uint64_t under = stack.empty() ? 0 : items.at(stack.back()).variant.seed;
    if (flags == 0 && item.variant.dependsSeed != under)
      return invalid;
    if (item.variant.expectsOriginal && slotIsPatched(0))
      return invalid;
    if (item.variant.preHooks && world.preHookResult != 0)
      return item.result = world.preHookResult < 0 ? world.preHookResult : invalid;
    if (world.timeOut) {
      item.result = busy;
      return 0;
    }
    push(name, item);
    item.onProbation = probation.has_value();
    return 0;
  }

  int32_t replace(const std::string &name, Item &item, const World &world) {
    if (int32_t refused = beforeApply(item))
      return refused;
    if (item.variant.dependsSeed != 0)
      return invalid;
    if (vetoes(item))
      return notSupported;
    for (const std::string &below : stack)
      if (vetoes(items.at(below)))
        return notSupported;
    if (world.timeOut) {
      item.result = busy;
      return 0;
    }
    for (const std::string &below : stack)
      items.at(below).applied = false;
    stack.clear();
    push(name, item);
    return 0;
  }

  static bool vetoes(const Item &item) { return item.variant.preHooks || item.variant.postHooks; }

  void push(const std::string &name, Item &item) {
    stack.push_back(name);
    item.applied = item.wasApplied = true;
    item.result = 0;
    ++version;
  }

  bool slotIsPatched(uint32_t slot) const {
    return std::ranges::any_of(stack, [&](const std::string &name) {
      return std::ranges::count(items.at(name).variant.slots, slot) != 0;
    });
  }
};

} // namespace suture::fuzz

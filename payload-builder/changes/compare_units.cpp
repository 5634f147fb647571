// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/compare_units.h"

// Both states of a unit are parsed, boiled down to facts (unit_facts.h) and compared. Parsing is
// what takes time, 0.2 s a state for a unit of Xen: with one unit its two states are parsed side by
// side, with many the units are, each one's facts given up as soon as they are compared.
//
// A header that hundreds of units see must not cost two parses of each. So the units that have
// changes of their own are compared first, for each changed header one that sees it, and a few of
// the others:
//
//   - If these show that the layout of a type changes, the target has objects of it as soon as any
//     unit's base depends on it: that takes the base alone (which is cached), and ends in a
//     refusal. Only if no unit does are the others compared.
//   - If not, and code changes through a header, the patched state is compiled as the build did it,
//     where the caller can do that. A unit that gives the object that the build left has no code or
//     data that changes; that takes as long as two parses, and then nothing else is to be done. It
//     is lost time for those that change, so that a few are asked first.
//     Should one of the rest show a layout that changes after all, those left out are asked for
//     their use of it, too.
//   - Where no code of the first units changes, parses will most likely find none in the others,
//     either; and one of the two is cached.
//
// The first units decide for every run alike: what is reported does not depend on which thread was
// faster.

#include "payload-builder/support/parallel.h"

#include <algorithm>
#include <atomic>
#include <ctime>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <mutex>
#include <optional>
#include <set>

namespace suture::builder {
namespace {

using MaybeFacts = llvm::Expected<UnitFacts>;

UnitOutcome compareUnit(const SourceTree &tree, MaybeFacts base, MaybeFacts patched) {
  UnitOutcome outcome;
  // What the user wrote is what they can mend: the patched state's errors come first.
  if (!patched) {
    outcome.errors = llvm::toString(patched.takeError());
    llvm::consumeError(base.takeError());
    return outcome;
  }
  if (!base) {
    outcome.errors =
        "without the diff, the source does not compile:\n" + llvm::toString(base.takeError());
    return outcome;
  }
  outcome.difference = compareFacts(tree, *base, *patched);
  return outcome;
}

class UnitsComparison final {
public:
  UnitsComparison(const SourceTree &tree, std::span<const Unit> units,
                  const ChangesOptions &options, std::vector<UnitOutcome> &outcomes)
      : tree_(tree), units_(units), options_(options), outcomes_(outcomes) {}

  void run() {
    outcomes_.clear();
    outcomes_.resize(units_.size());
    if (units_.size() == 1)
      return compareOne();
    auto [first, others] = divide();
    compare(first);
    if (others.empty())
      return;
    const std::set<std::string> layouts = changedLayouts(first);
    if (!layouts.empty() && askForUses(layouts, first, others))
      return;
    Indices same;
    if (layouts.empty() && headersChangeCode(first))
      same = takeSameObjects(others);
    compare(others);
    if (const auto later = changedLayouts(others); !later.empty())
      askForUses(later, others, same);
  }

  double seconds() const { return static_cast<double>(nanoseconds_.load()) / 1e9; }

private:
  using Indices = std::vector<size_t>;
  static constexpr size_t sampleSize = 4;

  /// Units to begin with; and the others, which see changed headers alone.
  std::pair<Indices, Indices> divide() const {
    Indices first, others;
    const size_t step = (units_.size() + sampleSize - 1) / sampleSize;
    const bool areMany = step > 2 * sampleSize;
    std::set<std::string> shown;
    for (size_t i = 0; i < units_.size(); ++i) {
      const Unit &unit = units_[i];
      bool leads = units_.size() <= options_.manyUnits || (areMany && i % step == step - 1);
      for (const std::string &file : unit.changedFiles)
        leads |= file == unit.source || shown.insert(file).second;
      (leads ? first : others).push_back(i);
    }
    return {std::move(first), std::move(others)};
  }

  void compareOne() {
    std::optional<MaybeFacts> facts[2];
    parallelFor(2, [&](size_t index) {
      facts[index].emplace(factsOf(units_[0], index ? TreeState::Patched : TreeState::Base));
    });
    outcomes_[0] = compareUnit(tree_, std::move(*facts[0]), std::move(*facts[1]));
  }

  void compare(const Indices &indices) {
    parallelFor(indices.size(), [&](size_t index) {
      const Unit &unit = units_[indices[index]];
      MaybeFacts base = factsOf(unit, TreeState::Base);
      outcomes_[indices[index]] =
          compareUnit(tree_, std::move(base), factsOf(unit, TreeState::Patched));
      report();
    });
  }

  /// Whether a unit that sees changed headers alone has code or data that changes.
  bool headersChangeCode(const Indices &indices) const {
    return std::ranges::any_of(indices, [&](size_t index) {
      const auto &changed = units_[index].changedFiles;
      return !std::ranges::binary_search(changed, units_[index].source) &&
             !outcomes_[index].difference.changes.empty();
    });
  }

  std::set<std::string> changedLayouts(const Indices &indices) const {
    std::set<std::string> types;
    for (const size_t index : indices)
      for (const UnitLayoutChange &layout : outcomes_[index].difference.layouts)
        types.insert(layout.change.type);
    return types;
  }

  /// Whether the target has objects of one of the types; if not, the units are still to be
  /// compared.
  bool askForUses(const std::set<std::string> &types, const Indices &first, const Indices &others) {
    std::atomic<bool> used = std::ranges::any_of(first, [&](size_t index) {
      return std::ranges::any_of(outcomes_[index].difference.layouts,
                                 &UnitLayoutChange::usedByTarget);
    });
    parallelFor(others.size(), [&](size_t index) {
      UnitOutcome &outcome = outcomes_[others[index]];
      MaybeFacts base = factsOf(units_[others[index]], TreeState::Base);
      if (!base)
        outcome.errors = llvm::toString(base.takeError());
      else
        for (const std::string &type : types) {
          outcome.uses.emplace_back(type, layoutUse(*base, type));
          used = used || outcome.uses.back().second.usedByTarget;
        }
      report();
    });
    for (const size_t index : others)
      if (!used)
        outcomes_[index].uses.clear();
      else if (outcomes_[index].leftOut.empty())
        outcomes_[index].leftOut = fmt::format(
            "asked for its use of {} alone, whose layout changes", fmt::join(types, ", "));
    return used;
  }

  /// Leaves out those whose object stays the same: removes them from the list, and returns them.
  /// Where few of a sample do, no more are asked.
  Indices takeSameObjects(Indices &others) {
    if (!options_.givesBuiltObject)
      return {};
    const size_t step = (others.size() + sampleSize - 1) / sampleSize;
    Indices sample, rest, different;
    for (size_t i = 0; i < others.size(); ++i)
      (i % step == 0 ? sample : rest).push_back(others[i]);
    Indices same = askForObjects(sample, different);
    if (2 * same.size() >= sample.size())
      std::ranges::copy(askForObjects(rest, different), std::back_inserter(same));
    else
      std::ranges::copy(rest, std::back_inserter(different));
    std::ranges::sort(different);
    others = std::move(different);
    return same;
  }

  Indices askForObjects(const Indices &indices, Indices &different) {
    std::vector<Unit> units;
    for (const size_t index : indices)
      units.push_back(units_[index]);
    const std::vector<char> isSame = options_.givesBuiltObject(units, [&] { report(); });
    Indices same;
    for (size_t i = 0; i < indices.size(); ++i)
      (isSame[i] ? same : different).push_back(indices[i]);
    for (const size_t index : same)
      outcomes_[index].leftOut = "its code is the same";
    return same;
  }

  MaybeFacts factsOf(const Unit &unit, TreeState state) {
    const uint64_t start = threadNanoseconds();
    const UnitState wanted{tree_, unit.command, unit.language, state, &unit.changedFiles};
    MaybeFacts facts = state == TreeState::Base && options_.cache
                           ? options_.cache->read(wanted, unit.changedFiles, &functions_)
                           : readUnitFacts(wanted, &functions_);
    nanoseconds_ += threadNanoseconds() - start;
    return facts;
  }

  void report() {
    const std::lock_guard<std::mutex> lock(mutex_);
    // A unit may be looked at twice.
    done_ = std::min(done_ + 1, units_.size());
    if (options_.progress)
      options_.progress(done_, units_.size());
  }

  /// Processor time of this thread.
  static uint64_t threadNanoseconds() {
    timespec time = {};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
  }

  const SourceTree &tree_;
  const std::span<const Unit> units_;
  const ChangesOptions &options_;
  std::vector<UnitOutcome> &outcomes_;
  UnusedFunctions functions_;
  std::atomic<uint64_t> nanoseconds_ = 0;
  std::mutex mutex_;
  size_t done_ = 0;
};

} // namespace

double compareUnits(const SourceTree &tree, std::span<const Unit> units,
                    const ChangesOptions &options, std::vector<UnitOutcome> &outcomes) {
  UnitsComparison comparison(tree, units, options, outcomes);
  comparison.run();
  return comparison.seconds();
}

} // namespace suture::builder

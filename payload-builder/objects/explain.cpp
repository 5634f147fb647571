// SPDX-License-Identifier: Apache-2.0
// Why is a function in the payload?
//
// The object says that its code differs; the change set says what changed in
// the source. This file joins the two. In order of certainty: the source of the
// function itself changed; it is a clone of one that did; a changed function is
// inlined into it (in either state: a callee that was inlined before and is not
// any more changes its caller too): debug information names it, or, in the base,
// whose object may have none, calls in the source that its code has not; it refers to
// a constant that changed; it refers to a function that is itself explained, in
// the same unit, where the compiler may rely on what it knows of it (gcc:
// ipa-ra, ipa-pure-const, ipa-cp, ipa-modref), or to a clone of a changed one
// that only one state has; it is a clone, made for the calls that it gets, and
// a function that calls it is explained. The last rules are applied until
// nothing more is found, so that chains of any length are named. What is left
// then may call a changed function in the source, and not in its patched code. Or it may
// share a local function with one that changed: whether and how the compiler inlines that
// one hangs on the number and the weight of all its uses (gcc: ipa-inline, ipa-profile,
// functions called once).
//
// What no rule reaches is not guessed at: the caller refuses it, with both
// sides shown.
#include "payload-builder/objects/explain.h"

#include "payload-builder/objects/folded_calls.h"
#include "payload-builder/objects/inlining.h"
#include "payload-builder/objects/named_references.h"
#include "payload-builder/support/demangle.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace suture::builder {

namespace {

class Explainer final {
public:
  explicit Explainer(const ExplainRequest &request)
      : base_(request.base), patched_(request.patched), comparison_(request.comparison),
        shared_(request.sharedConstants), layouts_(request.layouts), calls_(request.changes.calls) {
  }

  void addChanges(const UnitChanges &changes) {
    for (const Change &change : changes.changes) {
      if (change.kind == ChangeKind::ConstantValue && !patched_.find(change.linkageName))
        folded_.push_back(&change);
      if (const std::string_view name = functionOf(change); !name.empty())
        changes_.try_emplace(std::string(name), &change);
    }
  }

  void addConstants(const std::vector<PieceIndex> &constants) {
    for (const PieceIndex index : constants)
      constants_.insert(index.value);
  }

  llvm::Expected<Explanation> run(const std::vector<PieceIndex> &differing) {
    std::vector<PieceIndex> open;
    for (const PieceIndex index : differing)
      if (!accept(index, direct(index)))
        open.push_back(index);
    // The base's record only where the patched one leaves something open: the object that the build
    // left may have none.
    for (const ObjectModel *object : {&patched_, &base_}) {
      if (open.empty())
        break;
      if (llvm::Error error = readInlineMap(*object))
        return error;
      acceptCertain(open);
    }
    while (!open.empty() && (callsInSource(open) || shareCallees(open)))
      acceptCertain(open);
    Explanation result;
    result.lacksInlining = !open.empty() && !base_.hasDebugInformation();
    for (const auto &[index, why] : explained_)
      result.functions.push_back({*comparison_.baseOf[index], {index}, why});
    for (const PieceIndex index : open)
      result.unexplained.push_back({*comparison_.baseOf[index.value], index, {}});
    std::ranges::sort(result.functions, {}, [&](const FunctionChange &change) {
      return patched_.piece(change.patched).name();
    });
    return result;
  }

private:
  bool accept(PieceIndex index, const std::optional<Why> &why) {
    if (why)
      explained_.emplace(index.value, *why);
    return why.has_value();
  }

  static Why fromChange(WhyKind kind, const Change &change, std::vector<std::string> chain) {
    return {.kind = kind,
            .chain = std::move(chain),
            .location = change.location,
            .detail = change.detail};
  }

  /// What the objects themselves say.
  void acceptCertain(std::vector<PieceIndex> &open) {
    std::erase_if(open, [&](PieceIndex index) { return accept(index, inlines(index)); });
    std::erase_if(open, [&](PieceIndex index) { return accept(index, constant(index)); });
    std::erase_if(open, [&](PieceIndex index) { return accept(index, layout(index)); });
    std::erase_if(open, [&](PieceIndex index) { return accept(index, foldedConstant(index)); });
    while (std::erase_if(open, [&](PieceIndex index) {
             return accept(index, relies(index)) || accept(index, specialized(index));
           }) != 0) {
    }
  }

  std::optional<Why> direct(PieceIndex index) const {
    for (const std::string_view name : patched_.piece(index).names) {
      if (const auto found = changes_.find(name); found != changes_.end())
        return fromChange(WhyKind::ChangedItself, *found->second, {});
      const std::string_view family = familyOf(name);
      if (const auto found = changes_.find(family); found != changes_.end())
        return fromChange(WhyKind::CloneOf, *found->second, {std::string(family)});
    }
    return std::nullopt;
  }

  llvm::Error readInlineMap(const ObjectModel &object) {
    auto map = readInlining(object.file());
    if (!map)
      return map.takeError();
    for (auto &[name, chains] : *map)
      for (InlineChain &chain : chains)
        inlined_[name].push_back(std::move(chain));
    return llvm::Error::success();
  }

  std::optional<Why> inlines(PieceIndex index) const {
    std::optional<Why> best;
    for (const std::string_view name : patched_.piece(index).names)
      if (auto why = inlinesOf(familyOf(name));
          why && (!best || why->chain.size() < best->chain.size()))
        best = std::move(why);
    if (auto why = calledInSource(base_, *comparison_.baseOf[index.value]);
        why && (!best || why->chain.size() < best->chain.size()))
      best = std::move(why);
    return best;
  }

  /// By the shortest chain that leads to a changed function.
  std::optional<Why> inlinesOf(std::string_view function) const {
    std::optional<Why> best;
    if (const auto found = inlined_.find(function); found != inlined_.end())
      for (const InlineChain &chain : found->second)
        if (const auto change = changes_.find(chain.back());
            change != changes_.end() && (!best || chain.size() < best->chain.size()))
          best = fromChange(WhyKind::Inlines, *change->second, chain);
    return best;
  }

  std::optional<Why> constant(PieceIndex index) const {
    const auto name = ConstantReferences(patched_, constants_, shared_).of(index);
    return name ? std::optional(constantWhy(*name)) : std::nullopt;
  }

  Why constantWhy(std::string_view name) const {
    Why why{.kind = WhyKind::RefersToConstant,
            .chain = {std::string(name)},
            .location = {},
            .detail = "value"};
    if (const auto change = changes_.find(name); change != changes_.end()) {
      why.location = change->second->location;
      why.detail = change->second->detail;
    } else if (const auto elsewhere = shared_.find(name); elsewhere != shared_.end()) {
      why.location = elsewhere->second.location;
      why.detail = elsewhere->second.detail;
    }
    return why;
  }

  /// A constant that changed and has no symbol in the object: its value is in
  /// the code of those that use it, or in a section of merged constants.
  std::optional<Why> foldedConstant(PieceIndex index) const {
    for (const Change *change : folded_) {
      const auto uses = [&](std::string_view function) {
        return std::ranges::find(change->users, function) != change->users.end();
      };
      for (const std::string_view name : patched_.piece(index).names) {
        if (uses(familyOf(name)))
          return fromChange(WhyKind::RefersToConstant, *change, {change->name});
        const auto found = inlined_.find(familyOf(name));
        if (found == inlined_.end())
          continue;
        for (InlineChain chain : found->second)
          if (uses(chain.back())) {
            chain.push_back(change->name);
            return fromChange(WhyKind::RefersToConstant, *change, std::move(chain));
          }
      }
    }
    return std::nullopt;
  }

  std::optional<Why> layout(PieceIndex index) const {
    for (const LayoutChange &change : layouts_)
      for (const std::string_view name : patched_.piece(index).names)
        if (std::ranges::binary_search(change.users, std::string(familyOf(name))) ||
            std::ranges::binary_search(change.users, shortName(familyOf(name))))
          return Why{.kind = WhyKind::UsesDefinition,
                     .chain = {change.type},
                     .location = change.location,
                     .detail = "layout"};
    return std::nullopt;
  }

  std::optional<Why> relies(PieceIndex index) const {
    std::optional<Why> result;
    visitNamed(patched_, index, [&](PieceIndex target) { relyOn(target, result); });
    if (result)
      return result;
    visitNamed(base_, *comparison_.baseOf[index.value], [&](PieceIndex target) {
      if (const auto partner = comparison_.patchedOf[target.value])
        relyOn(*partner, result);
      else
        relyOnUnpaired(base_.piece(target).name(), result);
    });
    return result;
  }

  /// \param name  of a piece that one state alone has: whether a function is cloned, cut in parts
  /// or inlined everywhere hangs on what it is and what it inlines.
  void relyOnUnpaired(std::string_view name, std::optional<Why> &result) const {
    const std::string_view function = familyOf(name);
    if (result)
      return;
    if (const auto change = changes_.find(function); change != changes_.end()) {
      result = fromChange(WhyKind::ReliesOn, *change->second, {std::string(name)});
    } else if (auto why = inlinesOf(function)) {
      why->kind = WhyKind::ReliesOn;
      why->chain.insert(why->chain.begin(), std::string(name));
      result = std::move(why);
    }
  }

  void relyOn(PieceIndex target, std::optional<Why> &result) const {
    if (!comparison_.baseOf[target.value])
      relyOnUnpaired(patched_.piece(target).name(), result);
    const auto found = explained_.find(target.value);
    if (result || found == explained_.end())
      return;
    Why why = found->second;
    why.kind = WhyKind::ReliesOn;
    why.chain.insert(why.chain.begin(), std::string(patched_.piece(target).name()));
    result = std::move(why);
  }

  /// Of a clone: by a caller, in either state, that is explained.
  std::optional<Why> specialized(PieceIndex index) const {
    const std::string_view name = patched_.piece(index).name();
    if (familyOf(name) == name)
      return std::nullopt;
    for (const auto &[caller, why] : explained_)
      if (refersTo(patched_, {caller}, index) ||
          refersTo(base_, *comparison_.baseOf[caller], *comparison_.baseOf[index.value])) {
        Why result = why;
        result.kind = WhyKind::SpecializedFor;
        result.chain.insert(result.chain.begin(), std::string(patched_.piece({caller}).name()));
        return result;
      }
    return std::nullopt;
  }

  bool callsInSource(std::vector<PieceIndex> &open) {
    return std::erase_if(open, [&](PieceIndex index) {
             return accept(index, calledInSource(patched_, index));
           }) != 0;
  }

  /// By calls in the source that its code has none of.
  std::optional<Why> calledInSource(const ObjectModel &object, PieceIndex index) const {
    auto chain = foldedCalls(object, index, calls_,
                             [&](std::string_view name) { return changes_.contains(name); });
    if (!chain)
      return std::nullopt;
    const Change &change = *changes_.find(chain->back())->second;
    return fromChange(WhyKind::Inlines, change, std::move(*chain));
  }

  using Names = std::set<std::string, std::less<>>;
  /// By the name of a local function: why what uses it may be compiled otherwise.
  using Shared = std::map<std::string, Why, std::less<>>;

  /// Local functions, by family, that a piece of one state calls.
  static void addCallees(const ObjectModel &object, PieceIndex index, Names &callees) {
    visitNamed(object, index, [&](PieceIndex target) {
      const Piece &piece = object.piece(target);
      if (piece.kind == PieceKind::Function && (piece.isLocal() || piece.inGroup))
        callees.emplace(familyOf(piece.name()));
    });
  }

  /// Local functions that a function uses in either state, inlined ones too.
  Names calleesOf(std::optional<PieceIndex> base, std::optional<PieceIndex> patched) const {
    Names callees;
    if (base)
      addCallees(base_, *base, callees);
    if (patched)
      addCallees(patched_, *patched, callees);
    const Piece &piece = patched ? patched_.piece(*patched) : base_.piece(*base);
    if (const auto found = inlined_.find(familyOf(piece.name())); found != inlined_.end())
      for (const InlineChain &chain : found->second)
        callees.insert(chain.begin(), chain.end());
    return callees;
  }

  /// Of several users of one callee, the first counts.
  static void addShared(const Names &callees, std::string_view user, const Why &why,
                        Shared &shared) {
    for (const std::string &callee : callees)
      shared.try_emplace(callee, Why{.kind = WhyKind::SharesCallee,
                                     .chain = {callee, std::string(user)},
                                     .location = why.location,
                                     .detail = why.detail});
  }

  /// Functions that one state alone has change the uses of what they call, too.
  void addSharedOfOneState(const ObjectModel &object, bool isBase, Shared &shared) const {
    const auto &partners = isBase ? comparison_.patchedOf : comparison_.baseOf;
    for (uint32_t i = 0; i < object.pieces().size(); ++i) {
      const Piece &piece = object.pieces()[i];
      if (piece.kind != PieceKind::Function || partners[i])
        continue;
      if (const auto change = changes_.find(familyOf(piece.name())); change != changes_.end())
        addShared(isBase ? calleesOf(PieceIndex{i}, std::nullopt)
                         : calleesOf(std::nullopt, PieceIndex{i}),
                  piece.name(), fromChange(WhyKind::ChangedItself, *change->second, {}), shared);
    }
  }

  bool shareCallees(std::vector<PieceIndex> &open) {
    Shared shared;
    for (const auto &[index, why] : explained_)
      addShared(calleesOf(comparison_.baseOf[index], PieceIndex{index}),
                patched_.piece({index}).name(), why, shared);
    addSharedOfOneState(base_, true, shared);
    addSharedOfOneState(patched_, false, shared);
    return std::erase_if(open, [&](PieceIndex index) {
             for (const std::string &callee : calleesOf(comparison_.baseOf[index.value], index))
               if (const auto found = shared.find(callee); found != shared.end())
                 return accept(index, found->second);
             return false;
           }) != 0;
  }

  const ObjectModel &base_;
  const ObjectModel &patched_;
  const Comparison &comparison_;
  const SharedConstants &shared_;
  const std::vector<LayoutChange> &layouts_;
  const CallsToChanged &calls_;
  std::map<std::string, const Change *, std::less<>> changes_;
  std::set<uint32_t> constants_;
  std::vector<const Change *> folded_;
  InlineMap inlined_;
  std::map<uint32_t, Why> explained_;
};

} // namespace

llvm::Expected<Explanation> explain(const ExplainRequest &request) {
  Explainer explainer(request);
  explainer.addChanges(request.changes);
  explainer.addConstants(request.changedConstants);
  return explainer.run(request.differing);
}

} // namespace suture::builder

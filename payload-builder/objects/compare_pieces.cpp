// SPDX-License-Identifier: Apache-2.0
// Two compilations of one unit, before and after a fix, piece by piece.
//
// Two pieces are the same when their bytes outside of relocated fields are the same and every
// reference means the same thing. A named target means its partner in the other object; an
// anonymous one (a jump table, a private constant) means its content, compared in turn; a string
// means its text. That leaves names, which do not always survive: gcc numbers static locals
// (`once.12`) and clones (`f.isra.0`) over the whole unit, so that a new one at the top renames all
// that follow.
//
// Names without a number pair with themselves. Numbered ones belong to a family. A family with one
// member on each side is a pair. Larger families are told apart by their users: where two paired
// functions are the same but for the numbers, their references correspond one to one, which pairs
// the members for certain. This repeats until nothing new is paired. What is still open then is
// paired with nobody and reported: taking the wrong static local would be a silent error.
//
// Rejected: pairing by the number's order within a family (wrong as soon as one is added or
// removed in the middle), or by equal initial value (most are zero).
#include "payload-builder/objects/compare_pieces.h"

#include <algorithm>
#include <map>
#include <set>

namespace suture::builder {

namespace {

bool isNumber(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

constexpr std::string_view cloneMarks[] = {"isra",       "constprop", "part",  "cold",
                                           "localalias", "llvm",      "clone", "lto_priv"};

bool isCloneMark(std::string_view text) {
  return std::ranges::find(cloneMarks, text) != std::end(cloneMarks);
}

class Comparer final {
public:
  Comparer(const ObjectModel &base, const ObjectModel &patched) : base_(base), patched_(patched) {
    result_.baseOf.resize(patched.pieces().size());
    result_.patchedOf.resize(base.pieces().size());
    result_.differs.resize(patched.pieces().size(), false);
  }

  Comparison run() {
    pairByName();
    while (pairByUse()) {
    }
    reportUnpaired();
    for (uint32_t i = 0; i < patched_.pieces().size(); ++i)
      if (const auto partner = result_.baseOf[i])
        result_.differs[i] = !samePiece(*partner, {i});
    return std::move(result_);
  }

private:
  using Votes = std::vector<std::pair<PieceIndex, PieceIndex>>;
  using Family = std::pair<std::vector<PieceIndex>, std::vector<PieceIndex>>;

  void pair(PieceIndex base, PieceIndex patched) {
    result_.baseOf[patched.value] = base;
    result_.patchedOf[base.value] = patched;
  }

  std::map<std::string, Family> openFamilies() const {
    std::map<std::string, Family> families;
    for (uint32_t i = 0; i < base_.pieces().size(); ++i)
      if (const Piece &piece = base_.pieces()[i]; !piece.names.empty() && !result_.patchedOf[i])
        families[familyKey(piece)].first.push_back({i});
    for (uint32_t i = 0; i < patched_.pieces().size(); ++i)
      if (const Piece &piece = patched_.pieces()[i]; !piece.names.empty() && !result_.baseOf[i])
        families[familyKey(piece)].second.push_back({i});
    return families;
  }

  /// Clones of different kinds are different functions, whatever their numbers.
  static std::string familyKey(const Piece &piece) {
    std::string key;
    std::string_view rest = piece.name();
    for (size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
      const std::string_view part = rest.substr(0, dot);
      if (!isNumber(part))
        key.append(part).push_back('.');
      rest = rest.substr(dot + 1);
    }
    if (!isNumber(rest))
      key.append(rest);
    key.push_back(piece.kind == PieceKind::Function ? 'f' : 'd');
    return key;
  }

  static bool isNumbered(const Piece &piece) {
    const std::string_view name = piece.name();
    return familyOf(name) != name;
  }

  void pairByName() {
    std::map<std::string_view, PieceIndex> names;
    for (uint32_t i = 0; i < base_.pieces().size(); ++i)
      for (const std::string_view name : base_.pieces()[i].names)
        names.emplace(name, PieceIndex{i});
    for (uint32_t i = 0; i < patched_.pieces().size(); ++i) {
      const Piece &piece = patched_.pieces()[i];
      if (piece.names.empty() || isNumbered(piece))
        continue;
      for (const std::string_view name : piece.names) {
        const auto found = names.find(name);
        if (found == names.end() || result_.patchedOf[found->second.value] ||
            base_.piece(found->second).kind != piece.kind)
          continue;
        pair(found->second, {i});
        break;
      }
    }
    for (const auto &[key, family] : openFamilies())
      if (family.first.size() == 1 && family.second.size() == 1)
        pair(family.first.front(), family.second.front());
  }

  bool isOpen(PieceIndex base, PieceIndex patched) const {
    return !result_.patchedOf[base.value] && !result_.baseOf[patched.value] &&
           !base_.piece(base).names.empty() && !patched_.piece(patched).names.empty() &&
           familyKey(base_.piece(base)) == familyKey(patched_.piece(patched));
  }

  /// Pairs what functions that are otherwise the same refer to at the same place.
  bool pairByUse() {
    bool found = false;
    for (uint32_t i = 0; i < patched_.pieces().size(); ++i) {
      if (!result_.baseOf[i])
        continue;
      Votes votes;
      votes_ = &votes;
      const bool same = samePiece(*result_.baseOf[i], {i});
      votes_ = nullptr;
      if (!same)
        continue;
      for (const auto &[base, patched] : votes)
        if (isOpen(base, patched)) {
          pair(base, patched);
          found = true;
        }
    }
    if (!found)
      return pairLeftovers();
    return found;
  }

  /// Families that use has reduced to one on each side.
  bool pairLeftovers() {
    bool found = false;
    for (const auto &[key, family] : openFamilies())
      if (family.first.size() == 1 && family.second.size() == 1) {
        pair(family.first.front(), family.second.front());
        found = true;
      }
    return found;
  }

  void reportUnpaired() {
    for (const auto &[key, family] : openFamilies())
      if (!family.first.empty() && !family.second.empty())
        for (const PieceIndex index : family.second)
          result_.unpaired.emplace_back(patched_.piece(index).name());
    std::ranges::sort(result_.unpaired);
  }

  bool sameTarget(const PieceTarget &base, const PieceTarget &patched) {
    if (base.offset != patched.offset)
      return false;
    const Piece &basePiece = base_.piece(base.piece), &patchedPiece = patched_.piece(patched.piece);
    if (basePiece.names.empty() != patchedPiece.names.empty())
      return false;
    if (basePiece.names.empty())
      return samePiece(base.piece, patched.piece);
    if (result_.baseOf[patched.piece.value] == base.piece)
      return true;
    if (votes_ == nullptr || !isOpen(base.piece, patched.piece))
      return false;
    votes_->emplace_back(base.piece, patched.piece);
    return true;
  }

  bool sameReference(const Reference &base, const Reference &patched) {
    if (base.offset != patched.offset || base.type != patched.type || base.bias != patched.bias ||
        base.target.index() != patched.target.index())
      return false;
    if (const auto *target = std::get_if<PieceTarget>(&base.target))
      return sameTarget(*target, std::get<PieceTarget>(patched.target));
    if (const auto *target = std::get_if<ExternalTarget>(&base.target))
      return *target == std::get<ExternalTarget>(patched.target);
    return std::get<LiteralTarget>(base.target) == std::get<LiteralTarget>(patched.target);
  }

  bool samePiece(PieceIndex baseIndex, PieceIndex patchedIndex) {
    const Piece &base = base_.piece(baseIndex), &patched = patched_.piece(patchedIndex);
    // Anonymous pieces refer back to the functions that use them: a pair under comparison counts
    // as the same.
    const auto key = std::pair(baseIndex, patchedIndex);
    if (!underWay_.insert(key).second)
      return true;
    const bool same = base.size == patched.size && base.bytes.size() == patched.bytes.size() &&
                      base_.sectionName(base).empty() == patched_.sectionName(patched).empty() &&
                      base.references.size() == patched.references.size() &&
                      sameBytes(base, patched) &&
                      std::ranges::equal(base.references, patched.references,
                                         [&](const Reference &a, const Reference &b) {
                                           return sameReference(a, b);
                                         });
    underWay_.erase(key);
    return same;
  }

  /// With relocations in RELA form the fields themselves are zero: all bytes count.
  static bool sameBytes(const Piece &base, const Piece &patched) {
    return std::ranges::equal(base.bytes, patched.bytes);
  }

  const ObjectModel &base_;
  const ObjectModel &patched_;
  Comparison result_;
  Votes *votes_ = nullptr;
  std::set<std::pair<PieceIndex, PieceIndex>> underWay_;
};

} // namespace

std::string_view familyOf(std::string_view name) {
  for (size_t dot = name.rfind('.'); dot != std::string_view::npos && dot != 0;
       dot = name.rfind('.')) {
    const std::string_view last = name.substr(dot + 1);
    if (!isNumber(last) && !isCloneMark(last))
      break;
    name = name.substr(0, dot);
  }
  return name;
}

bool isColdPart(std::string_view name) { return name.find(".cold") != std::string_view::npos; }

Comparison comparePieces(const ObjectModel &base, const ObjectModel &patched) {
  return Comparer(base, patched).run();
}

} // namespace suture::builder

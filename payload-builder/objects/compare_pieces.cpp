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
// Where the base has all functions in one section, a function may be laid out otherwise and yet be
// the same (same_code.cpp); places in it are then compared by instruction.
//
// Names without a number pair with themselves. Numbered ones belong to a family. Static locals are
// told apart by debug information, which says in which function each one is declared, and, where
// that function has several of one name, on which line (unchanged lines keep their numbers:
// renumber.cpp). A family with
// one member on each side is a pair. Larger families are told apart by their users: where two
// paired functions are the same but for the numbers, their references correspond one to one, which
// pairs the members for certain; clones and constants also by what they are. This repeats until
// nothing new is paired. A clone or constant that is still open then is new, or gone: a copy of it
// is as good. A variable is paired with nobody and reported: taking the wrong one, or a new one
// where the source moved it to another function, would be a silent error.
//
// Debug information that says all this takes the compiler a tenth of its time, and the object that
// the build left need not have it. Without, numbered data is paired by use and by content alone,
// and a static local that is the only one of its name; if some is left, the caller has to bring
// objects that have it.
//
// Rejected: pairing by the number's order within a family (wrong as soon as one is added or
// removed in the middle), or by equal initial value (most are zero).
#include "payload-builder/objects/compare_pieces.h"

#include "payload-builder/objects/same_code.h"
#include "payload-builder/objects/static_locals.h"

#include <algorithm>
#include <elf.h>
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
  Comparer(const ObjectModel &base, const ObjectModel &patched, const IsSameLine &isSameLine,
           const SoleStatics &sole)
      : base_(base), patched_(patched), isSameLine_(isSameLine), sole_(sole) {
    result_.baseOf.resize(patched.pieces().size());
    result_.patchedOf.resize(base.pieces().size());
    result_.differs.resize(patched.pieces().size(), false);
  }

  llvm::Expected<Comparison> run() {
    pairByName();
    if (llvm::Error error = pairByDeclaration())
      return error;
    pairLeftovers();
    while (pairByUse() || pairByContent()) {
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
      if (const Piece &piece = base_.pieces()[i];
          !piece.names.empty() && !result_.patchedOf[i] && !gone_.contains({i}))
        families[familyKey(piece)].first.push_back({i});
    for (uint32_t i = 0; i < patched_.pieces().size(); ++i)
      if (const Piece &piece = patched_.pieces()[i];
          !piece.names.empty() && !result_.baseOf[i] && !new_.contains({i}))
        families[familyKey(piece)].second.push_back({i});
    return families;
  }

  static bool isConstant(const ObjectModel &object, PieceIndex index) {
    return object.piece(index).role == SectionRole::Constant;
  }

  /// Pieces of open families of numbered data, by where they are declared.
  llvm::Error pairByDeclaration() {
    std::vector<PieceIndex> base, patched;
    for (const auto &[key, family] : openFamilies())
      if (!family.first.empty() && !family.second.empty() &&
          patched_.piece(family.second.front()).kind == PieceKind::Data) {
        base.insert(base.end(), family.first.begin(), family.first.end());
        patched.insert(patched.end(), family.second.begin(), family.second.end());
      }
    if (patched.empty())
      return llvm::Error::success();
    if (!isSameLine_) {
      isByUseAlone_ = true;
      return llvm::Error::success();
    }
    auto before = readStaticLocals(base_);
    if (!before)
      return before.takeError();
    auto after = readStaticLocals(patched_);
    if (!after)
      return after.takeError();
    std::map<std::string, Family> declared;
    std::map<std::pair<std::string, unsigned>, Family> onLine;
    const auto add = [&](const StaticLocals &locals, PieceIndex index, auto side) {
      const auto found = locals.find(index);
      if (found == locals.end())
        return;
      (declared[found->second.name].*side).push_back(index);
      (onLine[{found->second.name, found->second.line}].*side).push_back(index);
    };
    for (const PieceIndex index : base)
      add(*before, index, &Family::first);
    for (const PieceIndex index : patched)
      add(*after, index, &Family::second);
    for (const auto &[name, family] : declared)
      settle(family);
    for (const auto &[place, family] : onLine)
      if (isOpenPair(family) && isSameLine_(place.second))
        pair(family.first.front(), family.second.front());
    return llvm::Error::success();
  }

  bool isOpenPair(const Family &family) const {
    return family.first.size() == 1 && family.second.size() == 1 &&
           !result_.patchedOf[family.first.front().value] &&
           !result_.baseOf[family.second.front().value];
  }

  /// Same-named ones of one function are left to their lines and users: an order would be a guess.
  void settle(const Family &declared) {
    const auto &[before, after] = declared;
    if (before.size() == 1 && after.size() == 1)
      pair(before.front(), after.front());
    if (before.empty())
      new_.insert(after.begin(), after.end());
    if (after.empty())
      gone_.insert(before.begin(), before.end());
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
    return found || pairLeftovers();
  }

  /// Clones and constants of which one on each side is the same.
  bool pairByContent() {
    bool found = false;
    for (const auto &[key, family] : openFamilies())
      for (const PieceIndex patched : family.second) {
        if (patched_.piece(patched).kind == PieceKind::Data && !isConstant(patched_, patched))
          continue;
        const auto isSame = [&](PieceIndex base) { return samePiece(base, patched); };
        if (std::ranges::count_if(family.first, isSame) != 1)
          continue;
        const PieceIndex base = *std::ranges::find_if(family.first, isSame);
        if (result_.patchedOf[base.value])
          continue;
        pair(base, patched);
        found = true;
      }
    return found;
  }

  /// Where it is not known where numbered data is declared, one of each may be two.
  bool mayBeLeftover(const Piece &piece) const {
    return !isByUseAlone_ || piece.kind == PieceKind::Function ||
           sole_.contains(familyOf(piece.name()));
  }

  /// Families that use has reduced to one on each side.
  bool pairLeftovers() {
    bool found = false;
    for (const auto &[key, family] : openFamilies())
      if (family.first.size() == 1 && family.second.size() == 1 &&
          mayBeLeftover(patched_.piece(family.second.front()))) {
        pair(family.first.front(), family.second.front());
        found = true;
      }
    return found;
  }

  void reportUnpaired() {
    std::map<std::string, size_t> gone;
    for (const PieceIndex index : gone_)
      ++gone[familyKey(base_.piece(index))];
    const auto report = [&](PieceIndex index) {
      const Piece &piece = patched_.piece(index);
      if (piece.kind == PieceKind::Data && !isConstant(patched_, index))
        result_.unpaired.emplace_back(piece.name());
    };
    for (const auto &[key, family] : openFamilies()) {
      if (!family.first.empty() || gone.contains(key))
        std::ranges::for_each(family.second, report);
      if (isByUseAlone_ && !family.first.empty() && !family.second.empty() &&
          patched_.piece(family.second.front()).kind == PieceKind::Data)
        result_.lacksDeclarations = true;
    }
    for (const PieceIndex index : new_)
      if (gone.contains(familyKey(patched_.piece(index))))
        report(index);
    std::ranges::sort(result_.unpaired);
  }

  /// The target has what an object has in one section in one row, so that the end of one object may
  /// be the start of the next.
  bool isSamePlace(const PieceTarget &base, const PieceTarget &patched) const {
    const auto partner = result_.baseOf[patched.piece.value];
    if (!partner)
      return false;
    const Piece &meant = base_.piece(base.piece), &wanted = base_.piece(*partner);
    return meant.section == wanted.section &&
           static_cast<int64_t>(meant.offset) + base.offset ==
               static_cast<int64_t>(wanted.offset) + patched.offset;
  }

  bool sameTarget(const PieceTarget &base, const PieceTarget &patched) {
    if (const SameInstructions *code = laidOutOtherwise(base.piece, patched.piece)) {
      if (!code->isSamePlace(base.offset, patched.offset))
        return false;
      if (result_.baseOf[patched.piece.value] == base.piece)
        return true;
    } else if (isSamePlace(base, patched)) {
      return true;
    } else if (base.offset != patched.offset) {
      return false;
    }
    const Piece &basePiece = base_.piece(base.piece), &patchedPiece = patched_.piece(patched.piece);
    if (basePiece.names.empty() != patchedPiece.names.empty())
      return false;
    if (basePiece.names.empty())
      return samePiece(base.piece, patched.piece);
    if (votes_ == nullptr || !isOpen(base.piece, patched.piece))
      return false;
    votes_->emplace_back(base.piece, patched.piece);
    return true;
  }

  /// Line numbers in bug frames are no difference.
  static bool sameBias(int64_t base, int64_t patched) {
    constexpr int64_t distanceBits = 0xffffff;
    return (base & distanceBits) == (patched & distanceBits);
  }

  /// To what the object defines, the same.
  static bool sameType(uint32_t base, uint32_t patched) {
    const auto plain = [](uint32_t type) { return type == R_X86_64_PLT32 ? R_X86_64_PC32 : type; };
    return plain(base) == plain(patched);
  }

  /// But for where they are.
  bool sameReference(const Reference &base, const Reference &patched) {
    if (!sameType(base.type, patched.type) || !sameBias(base.bias, patched.bias) ||
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
    const SameInstructions *code = laidOutOtherwise(baseIndex, patchedIndex);
    const bool same =
        (code != nullptr || sameBytes(base, patched)) &&
        (base.role != SectionRole::Special ||
         base_.sectionName(base) == patched_.sectionName(patched)) &&
        std::ranges::equal(
            base.references, patched.references,
            [&](const Reference &a, const Reference &b) { return sameReference(a, b); }) &&
        std::ranges::equal(base_.entriesOf(baseIndex), patched_.entriesOf(patchedIndex),
                           [&](PieceIndex a, PieceIndex b) { return samePiece(a, b); });
    underWay_.erase(key);
    return same;
  }

  /// Bytes outside of relocated fields, which the assembler may have filled, and where these are.
  static bool sameBytes(const Piece &base, const Piece &patched) {
    if (base.size != patched.size || base.bytes.size() != patched.bytes.size() ||
        !std::ranges::equal(base.references, patched.references, {}, &Reference::offset,
                            &Reference::offset))
      return false;
    auto next = base.references.begin();
    for (size_t i = 0; i < base.bytes.size(); ++i) {
      while (next != base.references.end() && next->offset + fieldSize(next->type) <= i)
        ++next;
      const bool isField = next != base.references.end() && next->offset <= i;
      if (!isField && base.bytes[i] != patched.bytes[i])
        return false;
    }
    return true;
  }

  /// Of two functions, the patched one alone in its section, that are the same code with other
  /// bytes; else nullptr.
  const SameInstructions *laidOutOtherwise(PieceIndex baseIndex, PieceIndex patchedIndex) {
    const Piece &base = base_.piece(baseIndex), &patched = patched_.piece(patchedIndex);
    if (base.kind != PieceKind::Function || patched.kind != PieceKind::Function ||
        base_.hasOwnSection(base) || !patched_.hasOwnSection(patched))
      return nullptr;
    const auto [entry, isNew] = laidOut_.try_emplace({baseIndex, patchedIndex});
    if (isNew && !sameBytes(base, patched))
      entry->second = SameInstructions::pair(base_, baseIndex, patched_, patchedIndex);
    return entry->second && entry->second->areSameCode() ? &*entry->second : nullptr;
  }

  const ObjectModel &base_;
  const ObjectModel &patched_;
  const IsSameLine &isSameLine_;
  const SoleStatics &sole_;
  Comparison result_;
  /// Static locals of functions that the other state has not.
  std::set<PieceIndex> gone_, new_;
  Votes *votes_ = nullptr;
  /// Numbered data is not told apart by where it is declared.
  bool isByUseAlone_ = false;
  std::set<std::pair<PieceIndex, PieceIndex>> underWay_;
  /// By functions of the base and the patched object: their instructions, where bytes differ.
  std::map<std::pair<PieceIndex, PieceIndex>, std::optional<SameInstructions>> laidOut_;
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

llvm::Expected<Comparison> comparePieces(const ObjectModel &base, const ObjectModel &patched,
                                         const IsSameLine &isSameLine, const SoleStatics &sole) {
  return Comparer(base, patched, isSameLine, sole).run();
}

} // namespace suture::builder

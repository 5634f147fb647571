// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/reached_names.h"

// Every unit of a hypervisor sees the header in which an inline function changes, and every unit
// sees another header with an inline function that calls it. So every unit has a file that mentions
// the changed name, and yet only those can tell that mention the second function:
//
//   nospec.h:  static inline bool evaluate_nospec(bool c) { ... }            changed
//   sched.h:   static inline bool is_hvm_domain(const struct domain *d)
//              { return evaluate_nospec(d->options & HVM); }                 reached
//   ioreq.c:   if ( is_hvm_domain(d) )                                       is parsed
//   string.c:  (nothing of either)                                           is not
//
// A declaration that mentions a changed name is treated as if it had changed itself, and so on
// until nothing is left to add. That is the rule of changed_names.h, applied to lines that the diff
// does not touch: a unit that mentions none of the names outside of those declarations compiles to
// the same code. As there, lines are watched where a macro makes the name or an #if has a part in
// it, and what is not so simple stays a mention by everyone who sees the file: lines in a branch
// that is not taken, an #if, a definition that stands alone.
//
// Of a record, a change need not be felt by all who use it: a member that is a pointer to a changed
// type is reached by its own name, and the record's layout is what it was. Where the name came by
// way of a macro this is not relied upon: what a macro is depends on the unit. Any other mention
// reaches the record's tag, and then those who mention that (as a field, a parameter, a variable);
// members' names, which are the same in many records, are not needed.
//
// A name that units put together in a header's declaration is a mention there, too, where a unit
// that was parsed for others does so. In a record that every unit sees it need not reach all
// (renamed_bits.h).
//
// In C++ code is reached without a name (operators, conversions, destructors, templates).

#include "payload-builder/support/text_file.h"
#include "payload-builder/units/raw_lines.h"
#include "payload-builder/units/renamed_bits.h"
#include "payload-builder/units/words.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>

namespace suture::builder {
namespace {

/// What fewer units than this see is not worth a parse.
constexpr size_t sharedBy = 4;
/// Beyond these the change reaches everywhere.
constexpr size_t mostNames = 800;

/// A header in one state.
struct HeaderState {
  std::string text;
  std::unordered_map<std::string_view, std::vector<unsigned>> linesOf;
  std::optional<RawLines> rawLines;
  /// Lines whose mentions are accounted for.
  std::vector<std::pair<unsigned, unsigned>> own;

  bool isOwn(unsigned line) const {
    return std::ranges::any_of(
        own, [line](auto range) { return range.first <= line && line <= range.second; });
  }
};

class Reach final {
public:
  Reach(const SourceTree &tree, const std::map<std::string, ChangedNames> &changes,
        std::span<const UnitInputs> units, TokenWatch &watch)
      : tree_(tree), changes_(changes), units_(units), declarations_(tree, units, watch) {}

  /// False: the change reaches too far.
  bool run() {
    readHeaders();
    for (const auto &[header, change] : changes_)
      for (const std::string &name : change.roots)
        addName(name, change.macros.contains(name));
    reachBits();
    // work_ grows, and moves, as it is worked on.
    for (size_t next = 0; next < work_.size() && work_.size() <= mostNames; ++next) {
      const Name name = work_[next];
      for (const auto &[file, states] : headers_)
        for (size_t state = 0; state < states.size(); ++state)
          follow(name, file, state);
    }
    return work_.size() <= mostNames;
  }

  ReachedNames result() const {
    std::map<std::string, ChangedNames> all = changes_;
    for (const auto &[file, states] : headers_) {
      if (states[0]->own.empty() && states[1]->own.empty())
        continue;
      ChangedNames &change = all[file];
      change.complete = true;
      change.baseLines = states[0]->own;
      change.patchedLines = states[1]->own;
    }
    for (auto &[file, change] : all)
      change.names.clear();
    for (const auto &[name, tainted] : names_)
      all.begin()->second.names.insert(name);
    return {.headers = std::move(all), .watched = declarations_.watched()};
  }

private:
  struct Name {
    std::string text;
    /// It came by way of a macro.
    bool tainted = false;
  };

  void addName(const std::string &name, bool tainted) {
    auto [entry, isNew] = names_.try_emplace(name, tainted);
    // A name that turns out to be tainted is looked for again.
    if (!isNew && (entry->second || !tainted))
      return;
    entry->second = tainted;
    work_.push_back({name, tainted});
  }

  std::string relative(const std::string &file) const { return pathInTree(tree_.root, file); }

  void readHeaders() {
    std::map<std::string, size_t> seenBy;
    for (const UnitInputs &inputs : units_)
      for (const std::string &file : inputs.files)
        ++seenBy[relative(file)];
    for (const auto &[file, count] : seenBy)
      if (count >= sharedBy || changes_.contains(file))
        readHeader(file);
  }

  void readHeader(const std::string &file) {
    const auto versions = tree_.files.find(file);
    const auto change = changes_.find(file);
    std::array<std::shared_ptr<HeaderState>, 2> states;
    if (versions == tree_.files.end()) {
      auto text = readFile(file.starts_with('/') ? file : tree_.root + "/" + file);
      if (!text) {
        llvm::consumeError(text.takeError()); // A unit that needs it does not compile, and says so.
        return;
      }
      states[0] = states[1] = indexed(std::move(*text));
    } else if (change != changes_.end()) {
      states = {indexed(*versions->second.base()), indexed(*versions->second.patched())};
      states[0]->own = change->second.baseLines;
      states[1]->own = change->second.patchedLines;
    } else {
      return; // Its changed lines are not accounted for: whoever sees it is looked at anyway.
    }
    headers_.emplace(file, std::move(states));
  }

  static std::shared_ptr<HeaderState> indexed(std::string text) {
    auto header = std::make_shared<HeaderState>();
    header->text = std::move(text);
    forEachWord(header->text, [&](std::string_view word, unsigned line) {
      std::vector<unsigned> &lines = header->linesOf[word];
      if (lines.empty() || lines.back() != line)
        lines.push_back(line);
    });
    return header;
  }

  void follow(const Name &name, const std::string &file, size_t state) {
    HeaderState &header = *headers_.at(file)[state];
    if (const auto lines = header.linesOf.find(name.text); lines != header.linesOf.end())
      for (const unsigned line : lines->second)
        if (!header.isOwn(line) || name.tainted)
          reach(name, file, state, line);
    for (const unsigned line : declarations_.pasted(file, state, name.text))
      if (!header.isOwn(line))
        reach({name.text, true}, file, state, line);
  }

  void reachBits() {
    std::set<std::string> macros;
    for (const auto &[header, change] : changes_)
      macros.insert(change.macros.begin(), change.macros.end());
    const UnitInputs *inputs = declarations_.largest();
    if (!inputs)
      return;
    for (const RenamedBits &bits : renamedBits(tree_, *inputs->unit, macros)) {
      if (!headers_.contains(bits.file) ||
          !declarations_.watch({bits.file, bits.first, bits.last}, *inputs->unit))
        continue;
      for (const auto &state : headers_.at(bits.file))
        for (const unsigned line : bits.lines)
          state->own.emplace_back(line, line);
      for (const std::string &name : bits.names)
        addName(name, true);
    }
  }

  /// Makes the declaration that a line belongs to one of those that are reached, if it can be one.
  void reach(const Name &name, const std::string &file, size_t state, unsigned line) {
    HeaderState &header = *headers_.at(file)[state];
    if (!header.rawLines)
      header.rawLines.emplace(header.text);
    if (const RawDirective *directive = header.rawLines->directiveAt(line)) {
      if (directive->kind != "define" && directive->kind != "undef")
        return;
      header.own.emplace_back(directive->firstLine, directive->lastLine);
      addName(directive->name, true);
      return;
    }
    const DeclarationExtent *extent = declarations_.at(file, state, line);
    if (!extent || extent->standsAlone || extent->names.empty())
      return;
    if (extent->isRecord)
      return extent->isMade ? void() : reachRecord(name, header, *extent, line);
    if (!declarations_.watch(file, *extent, *header.rawLines))
      return;
    header.own.emplace_back(extent->first, extent->last);
    for (const std::string &declared : extent->names)
      addName(declared, name.tainted);
  }

  void reachRecord(const Name &name, HeaderState &header, const DeclarationExtent &record,
                   unsigned line) {
    bool allPointers = true;
    std::vector<const FieldExtent *> fields;
    for (const FieldExtent &field : record.fields)
      if (field.first <= line && line <= field.last &&
          !header.rawLines->hasConditional(field.first, field.last)) {
        fields.push_back(&field);
        allPointers &= field.isPointer;
      }
    if (!fields.empty() && allPointers && !name.tainted) {
      for (const FieldExtent *field : fields) {
        header.own.emplace_back(field->first, field->last);
        addName(field->name, false);
      }
      return;
    }
    // In a branch that is not taken there may be types that this unit does not have.
    if (fields.empty() && header.rawLines->hasConditional(record.first, record.last))
      return;
    if (record.tags.empty())
      return;
    header.own.emplace_back(record.first, record.last);
    for (const std::string &tag : record.tags)
      addName(tag, name.tainted);
  }

  const SourceTree &tree_;
  const std::map<std::string, ChangedNames> &changes_;
  const std::span<const UnitInputs> units_;
  SharedDeclarations declarations_;
  /// In the base and in the patched state; one and the same where the diff leaves the text alone.
  std::map<std::string, std::array<std::shared_ptr<HeaderState>, 2>> headers_;
  /// With whether they are tainted.
  std::map<std::string, bool> names_;
  std::vector<Name> work_;
};

} // namespace

ReachedNames reachedNames(const SourceTree &tree,
                          const std::map<std::string, ChangedNames> &changes,
                          std::span<const UnitInputs> units, TokenWatch &watch) {
  const bool areAllOfC = std::ranges::none_of(
      units, [](const UnitInputs &inputs) { return inputs.unit->language == Language::Cxx; });
  Reach reach(tree, changes, units, watch);
  if (changes.empty() || !areAllOfC || !reach.run())
    return {.headers = changes, .watched = {}};
  return reach.result();
}

std::vector<WatchedDeclaration> watchedIn(const SourceTree &tree, const ReachedNames &reached,
                                          std::span<const std::string> inputs) {
  std::vector<WatchedDeclaration> watched;
  for (const WatchedDeclaration &declaration : reached.watched)
    if (isAmong(tree, inputs, declaration.lines.file))
      watched.push_back(declaration);
  return watched;
}

} // namespace suture::builder

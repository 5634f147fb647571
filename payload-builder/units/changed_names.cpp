// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/changed_names.h"

// A header that every unit sees changes in one place: a new prototype, a new register's number, the
// body of an inline function. Preprocessing hundreds of units to find the few that care takes a
// minute. Instead, one unit that sees the header is parsed in both states (with function bodies: a
// skipped one has no last line), and each changed line is looked up: it lies in a macro definition,
// or in a declaration at the header's top level, and those have names. A unit none of whose files
// mentions such a name anywhere else cannot tell the two headers apart.
//
//   extern int domain_kill(struct domain *d);
//  +extern int domain_freeze(struct domain *d);      -> domain_freeze
//
// Whatever is not so simple makes the answer incomplete, and every unit is preprocessed after all:
// lines in a branch that this unit does not take, a changed #if or #include, assertions, a
// definition that has code or storage by itself, and a name that may be another one in another unit
// (Xen's shadow code is compiled three times, with a macro that adds the number to each name).

#include "payload-builder/diff/line_map.h"
#include "payload-builder/units/raw_lines.h"

#include <algorithm>
#include <clang/AST/ASTConsumer.h>
#include <clang/AST/ASTContext.h>
#include <clang/AST/Attr.h>
#include <clang/AST/DeclCXX.h>
#include <clang/AST/DeclTemplate.h>
#include <clang/Basic/SourceManager.h>
#include <clang/Frontend/CompilerInstance.h>
#include <map>

namespace suture::builder {
namespace {

/// A declaration's lines, and the names that it can be told by.
struct Extent {
  unsigned first = 0, last = 0;
  /// Its last line, or where a function's body begins: up to there its names stand.
  unsigned lastOfNames = 0;
  std::set<std::string> names;
  /// It has code or storage even if nobody mentions it, or its effect has no name of its own.
  bool standsAlone = false;
};

bool isPlainMethod(const clang::Decl &decl) {
  const clang::Decl *inner = &decl;
  if (const auto *pattern = llvm::dyn_cast<clang::FunctionTemplateDecl>(&decl))
    inner = pattern->getTemplatedDecl();
  const auto *method = llvm::dyn_cast<clang::CXXMethodDecl>(inner);
  return method && !method->isVirtual() && method->getDeclName().isIdentifier() &&
         !llvm::isa<clang::CXXConstructorDecl, clang::CXXDestructorDecl>(method);
}

class ExtentReader final {
public:
  ExtentReader(const clang::ASTContext &context, const SourceTree &tree, const std::string &header,
               std::vector<Extent> &extents)
      : sources_(context.getSourceManager()), tree_(tree), header_(header), extents_(extents) {}

  void read(const clang::DeclContext &scope) {
    for (const clang::Decl *decl : scope.decls())
      readDecl(*decl);
  }

private:
  void readDecl(const clang::Decl &decl) {
    if (decl.isImplicit())
      return;
    if (llvm::isa<clang::NamespaceDecl, clang::LinkageSpecDecl, clang::ExportDecl>(decl))
      return read(*llvm::cast<clang::DeclContext>(&decl));
    clang::SourceLocation begin = sources_.getExpansionLoc(decl.getBeginLoc());
    if (!isInHeader(begin))
      return;
    Extent extent;
    extent.first = sources_.getExpansionLineNumber(begin);
    extent.last =
        sources_.getSpellingLineNumber(sources_.getExpansionRange(decl.getEndLoc()).getEnd());
    extent.lastOfNames = extent.last;
    if (const auto *function = decl.getAsFunction();
        function && function->hasBody() && function->getBody())
      extent.lastOfNames = sources_.getExpansionLineNumber(function->getBody()->getBeginLoc());
    extent.standsAlone = standsAlone(decl);
    addNames(decl, extent);
    extents_.push_back(std::move(extent));
    // A function in a class can change alone.
    if (const auto *record = llvm::dyn_cast<clang::CXXRecordDecl>(&decl))
      for (const clang::Decl *member : record->decls())
        if (isPlainMethod(*member))
          readDecl(*member);
  }

  bool isInHeader(clang::SourceLocation place) {
    clang::FileID file = sources_.getFileID(place);
    auto [entry, isNew] = inHeader_.try_emplace(file.getHashValue());
    if (isNew)
      entry->second = locationOf(sources_, place, tree_.root).file == header_;
    return entry->second;
  }

  static bool standsAlone(const clang::Decl &decl) {
    if (decl.hasAttr<clang::UsedAttr>() || decl.hasAttr<clang::ConstructorAttr>())
      return true;
    if (const auto *function = llvm::dyn_cast<clang::FunctionDecl>(&decl))
      return function->isThisDeclarationADefinition() && !function->isInlined() &&
             function->getStorageClass() != clang::SC_Static;
    if (const auto *variable = llvm::dyn_cast<clang::VarDecl>(&decl))
      return variable->isThisDeclarationADefinition() != clang::VarDecl::DeclarationOnly &&
             variable->getStorageClass() != clang::SC_Static;
    return !llvm::isa<clang::NamedDecl>(decl);
  }

  /// A name that a macro makes may be another one in another unit.
  static void addNames(const clang::Decl &decl, Extent &extent) {
    const auto *named = llvm::dyn_cast<clang::NamedDecl>(&decl);
    if (named && named->getDeclName().isIdentifier() && named->getIdentifier()) {
      extent.names.insert(named->getName().str());
      extent.standsAlone |= named->getLocation().isMacroID();
    }
    if (const auto *pattern = llvm::dyn_cast<clang::ClassTemplateDecl>(&decl))
      return addNames(*pattern->getTemplatedDecl(), extent);
    if (const auto *alias = llvm::dyn_cast<clang::TypedefNameDecl>(&decl))
      if (const clang::TagDecl *tag = alias->getUnderlyingType()->getAsTagDecl();
          tag && !tag->getIdentifier())
        addNames(*tag, extent);
    if (const auto *tag = llvm::dyn_cast<clang::TagDecl>(&decl))
      for (const clang::Decl *member : tag->decls())
        if (!member->isImplicit())
          addNames(*member, extent);
  }

  const clang::SourceManager &sources_;
  const SourceTree &tree_;
  const std::string &header_;
  std::vector<Extent> &extents_;
  std::map<unsigned, bool> inHeader_;
};

class ExtentConsumer final : public clang::ASTConsumer {
public:
  ExtentConsumer(const SourceTree &tree, const std::string &header, std::vector<Extent> &extents)
      : tree_(tree), header_(header), extents_(extents) {}
  void HandleTranslationUnit(clang::ASTContext &context) override {
    ExtentReader(context, tree_, header_, extents_).read(*context.getTranslationUnitDecl());
  }

private:
  const SourceTree &tree_;
  const std::string &header_;
  std::vector<Extent> &extents_;
};

class ExtentAction final : public clang::ASTFrontendAction {
public:
  ExtentAction(const SourceTree &tree, const std::string &header, std::vector<Extent> &extents)
      : tree_(tree), header_(header), extents_(extents) {}

protected:
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance &,
                                                        llvm::StringRef) override {
    return std::make_unique<ExtentConsumer>(tree_, header_, extents_);
  }

private:
  const SourceTree &tree_;
  const std::string &header_;
  std::vector<Extent> &extents_;
};

/// One state's changed lines against what is declared there.
class Accounting final {
public:
  Accounting(const std::string &text, const std::vector<std::pair<unsigned, unsigned>> &changed,
             ChangedNames &result, std::vector<std::pair<unsigned, unsigned>> &lines)
      : rawLines_(text), changed_(changed), result_(result), lines_(lines) {}

  /// Macros; whether anything else is left.
  bool takeMacros() {
    for (auto [first, last] : changed_)
      for (unsigned line = first; line <= last; ++line)
        if (rawLines_.hasTokens(line) && !takeMacro(line))
          open_.push_back(line);
    return !open_.empty();
  }

  /// Declarations. False: a line is left that none accounts for.
  bool takeDeclarations(const std::vector<Extent> &extents) {
    return std::ranges::all_of(open_,
                               [&](unsigned line) { return takeDeclaration(line, extents); });
  }

private:
  bool takeMacro(unsigned line) {
    const RawDirective *directive = rawLines_.directiveAt(line);
    if (!directive || (directive->kind != "define" && directive->kind != "undef"))
      return false;
    result_.names.insert(directive->name);
    result_.hasMacros = true;
    lines_.emplace_back(directive->firstLine, directive->lastLine);
    return true;
  }

  bool takeDeclaration(unsigned line, const std::vector<Extent> &extents) {
    result_.onlyMacros = false;
    if (rawLines_.directiveAt(line))
      return false;
    const Extent *innermost = nullptr;
    for (const Extent &extent : extents)
      if (extent.first <= line && line <= extent.last &&
          (!innermost || extent.last - extent.first <= innermost->last - innermost->first))
        innermost = &extent;
    if (!innermost || innermost->standsAlone || innermost->names.empty())
      return false;
    // Another unit may take another branch, and see other names there.
    if (rawLines_.hasConditional(innermost->first, innermost->lastOfNames))
      return false;
    result_.names.insert(innermost->names.begin(), innermost->names.end());
    lines_.emplace_back(innermost->first, innermost->last);
    return true;
  }

  RawLines rawLines_;
  const std::vector<std::pair<unsigned, unsigned>> &changed_;
  ChangedNames &result_;
  std::vector<std::pair<unsigned, unsigned>> &lines_;
  std::vector<unsigned> open_;
};

} // namespace

ChangedNames changedNames(const SourceTree &tree, const std::string &header,
                          const CompileCommand &command, Language language) {
  ChangedNames result;
  const FileVersions &versions = tree.files.at(header);
  if (!versions.base() || !versions.patched())
    return result;
  std::vector<std::pair<unsigned, unsigned>> changed[2];
  for (const ChangedLines &change : LineMap(*versions.base(), *versions.patched()).changes()) {
    if (change.baseCount)
      changed[0].emplace_back(change.baseLine, change.baseLine + change.baseCount - 1);
    if (change.patchedCount)
      changed[1].emplace_back(change.patchedLine, change.patchedLine + change.patchedCount - 1);
  }
  Accounting accounts[] = {{*versions.base(), changed[0], result, result.baseLines},
                           {*versions.patched(), changed[1], result, result.patchedLines}};
  constexpr TreeState States[] = {TreeState::Base, TreeState::Patched};
  for (size_t i = 0; i < 2; ++i) {
    if (!accounts[i].takeMacros())
      continue;
    // Assembly has no declarations.
    std::vector<Extent> extents;
    if (language == Language::Assembly)
      return result;
    if (auto failed = runFrontEnd({tree, command, language, States[i]},
                                  std::make_unique<ExtentAction>(tree, header, extents))) {
      // The unit is parsed again when it is compared, and the error reported there.
      llvm::consumeError(std::move(failed));
      result.onlyMacros = false;
      return result;
    }
    if (!accounts[i].takeDeclarations(extents)) {
      result.onlyMacros = false;
      return result;
    }
  }
  result.complete = true;
  return result;
}

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/header_declarations.h"

#include <algorithm>
#include <clang/AST/ASTConsumer.h>
#include <clang/AST/ASTContext.h>
#include <clang/AST/Attr.h>
#include <clang/AST/DeclCXX.h>
#include <clang/AST/DeclTemplate.h>
#include <clang/Basic/SourceManager.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Lex/Preprocessor.h>
#include <llvm/ADT/DenseSet.h>

namespace suture::builder {
namespace {

bool isPlainMethod(const clang::Decl &decl) {
  const clang::Decl *inner = &decl;
  if (const auto *pattern = llvm::dyn_cast<clang::FunctionTemplateDecl>(&decl))
    inner = pattern->getTemplatedDecl();
  const auto *method = llvm::dyn_cast<clang::CXXMethodDecl>(inner);
  return method && !method->isVirtual() && method->getDeclName().isIdentifier() &&
         !llvm::isa<clang::CXXConstructorDecl, clang::CXXDestructorDecl>(method);
}

class DeclarationReader final {
public:
  DeclarationReader(const clang::ASTContext &context, const SourceTree &tree,
                    const std::optional<std::string> &only, HeaderDeclarations &found)
      : context_(context), sources_(context.getSourceManager()), only_(only), found_(found),
        placed_(sources_, tree.root) {
    if (only_)
      findInclusions();
  }

  void read(const clang::DeclContext &scope) {
    for (const clang::Decl *decl : scope.decls())
      readDecl(*decl);
  }

private:
  void readDecl(const clang::Decl &decl) {
    // A semicolon behind the use of a macro that defines a function.
    if (decl.isImplicit() || llvm::isa<clang::EmptyDecl>(decl))
      return;
    if (llvm::isa<clang::NamespaceDecl, clang::LinkageSpecDecl, clang::ExportDecl>(decl))
      return read(*llvm::cast<clang::DeclContext>(&decl));
    const bool isC = only_ && !context_.getLangOpts().CPlusPlus;
    if (isC)
      readEnumerations(decl);
    const clang::SourceLocation begin = sources_.getExpansionLoc(decl.getBeginLoc());
    const std::string &file = placed_.fileOf(begin);
    if (only_ && file != *only_ && !found_.isPartOfOthers)
      found_.isPartOfOthers =
          !(isC && llvm::isa<clang::EnumDecl>(decl)) && includesTheFile(begin, decl.getEndLoc());
    if (file.empty() || (only_ && file != *only_))
      return;
    if (isC && readMembers(decl))
      return;
    DeclarationExtent extent;
    extent.first = sources_.getExpansionLineNumber(begin);
    extent.last = lastLine(decl);
    extent.lastOfNames = extent.last;
    if (const auto *function = decl.getAsFunction();
        function && function->hasBody() && function->getBody())
      extent.lastOfNames = sources_.getExpansionLineNumber(function->getBody()->getBeginLoc());
    extent.standsAlone = standsAlone(decl);
    // `LINKAGE int f(void) { ... }`
    const auto *defined = llvm::dyn_cast<clang::FunctionDecl>(&decl);
    extent.isMade =
        !context_.getLangOpts().CPlusPlus && decl.getBeginLoc().isMacroID() &&
        (llvm::isa<clang::VarDecl>(decl) || (defined && defined->isThisDeclarationADefinition()));
    addEnumerations(decl, extent);
    addNames(decl, extent);
    if (const auto *record = llvm::dyn_cast<clang::RecordDecl>(&decl)) {
      extent.isRecord = true;
      // A pragma gives all of a file a visibility, which types in C have no use for.
      extent.isForwardDeclaration = !record->isThisDeclarationADefinition() &&
                                    llvm::all_of(record->attrs(), [](const clang::Attr *attribute) {
                                      return llvm::isa<clang::VisibilityAttr>(attribute);
                                    });
      addTags(*record, extent.tags);
      addFields(*record, extent);
    }
    const auto *tag = llvm::dyn_cast<clang::TagDecl>(&decl);
    add(begin, file, std::move(extent));
    if (tag && tag->isThisDeclarationADefinition() && tag->isEmbeddedInDeclarator())
      embedded_ = {file, places_.at(begin.getRawEncoding())};
    else if (!tag)
      embedded_.first.clear();
    // A function in a class can change alone.
    if (const auto *record = llvm::dyn_cast<clang::CXXRecordDecl>(&decl))
      for (const clang::Decl *member : record->decls())
        if (isPlainMethod(*member))
          readDecl(*member);
  }

  /// `typedef struct s { int a; } t;` is two declarations, and a change to it is felt under the
  /// names of both.
  void add(clang::SourceLocation begin, const std::string &file, DeclarationExtent extent) {
    std::vector<DeclarationExtent> &list = found_.files[file];
    const bool definesType = embedded_.first == file && !extent.isRecord;
    const auto [entry, isNew] =
        places_.try_emplace(begin.getRawEncoding(), definesType ? embedded_.second : list.size());
    if (isNew && !definesType) {
      list.push_back(std::move(extent));
      return;
    }
    DeclarationExtent &all = list[entry->second];
    all.tags.insert(extent.isRecord ? extent.tags.begin() : extent.names.begin(),
                    extent.isRecord ? extent.tags.end() : extent.names.end());
    all.isRecord |= extent.isRecord;
    all.isForwardDeclaration &= extent.isForwardDeclaration;
    all.first = std::min(all.first, extent.first);
    all.last = std::max(all.last, extent.last);
    all.lastOfNames = std::max(all.lastOfNames, extent.lastOfNames);
    all.names.insert(extent.names.begin(), extent.names.end());
    all.standsAlone |= extent.standsAlone;
    all.isMade |= extent.isMade;
    all.enumerations.insert(all.enumerations.end(), extent.enumerations.begin(),
                            extent.enumerations.end());
    all.fields.insert(all.fields.end(), extent.fields.begin(), extent.fields.end());
  }

  void findInclusions() {
    for (unsigned i = 1; i < sources_.local_sloc_entry_size(); ++i) {
      const clang::SrcMgr::SLocEntry &entry = sources_.getLocalSLocEntry(i);
      if (!entry.isFile() || entry.getFile().getIncludeLoc().isInvalid() ||
          placed_.fileOf(clang::SourceLocation::getFromRawEncoding(entry.getOffset())) != *only_)
        continue;
      clang::SourceLocation place = entry.getFile().getIncludeLoc();
      inclusions_.push_back(place);
      for (; place.isValid(); place = sources_.getIncludeLoc(sources_.getFileID(place)))
        including_.insert(sources_.getFileID(place));
    }
  }

  bool includesTheFile(clang::SourceLocation begin, clang::SourceLocation end) const {
    return begin.isValid() && including_.contains(sources_.getFileID(begin)) &&
           std::ranges::any_of(inclusions_, [&](clang::SourceLocation place) {
             return sources_.isBeforeInTranslationUnit(begin, place) &&
                    sources_.isBeforeInTranslationUnit(place, sources_.getExpansionLoc(end));
           });
  }

  /// Whether it is no more than a symbol of the assembler.
  bool readMembers(const clang::Decl &decl) {
    if (const auto *record = llvm::dyn_cast<clang::RecordDecl>(&decl);
        record && record->isThisDeclarationADefinition())
      found_.records.push_back(describeRecord(*record, placed_));
    const auto *assembly = llvm::dyn_cast<clang::FileScopeAsmDecl>(&decl);
    auto symbol = assembly ? assemblerSymbol(*assembly, placed_) : std::nullopt;
    if (symbol)
      found_.assemblerSymbols.push_back(std::move(*symbol));
    return symbol.has_value();
  }

  /// Of the declaration, and of what is declared in it.
  void readEnumerations(const clang::Decl &decl) {
    if (const auto *list = llvm::dyn_cast<clang::EnumDecl>(&decl);
        list && list->isThisDeclarationADefinition()) {
      Enumeration described = describeEnumeration(*list, placed_);
      if (described.file == *only_ ||
          std::ranges::any_of(described.enumerators,
                              [&](const MemberExtent &member) { return member.file == *only_; }))
        found_.enumerations.push_back(std::move(described));
    }
    if (const auto *record = llvm::dyn_cast<clang::RecordDecl>(&decl))
      for (const clang::Decl *member : record->decls())
        readEnumerations(*member);
  }

  void addEnumerations(const clang::Decl &decl, DeclarationExtent &extent) const {
    if (const auto *list = llvm::dyn_cast<clang::EnumDecl>(&decl))
      extent.enumerations.emplace_back(
          sources_.getExpansionLineNumber(list->getBraceRange().getBegin()),
          sources_.getExpansionLineNumber(list->getBraceRange().getEnd()));
    if (const auto *record = llvm::dyn_cast<clang::RecordDecl>(&decl))
      for (const clang::Decl *member : record->decls())
        addEnumerations(*member, extent);
  }

  unsigned lastLine(const clang::Decl &decl) const { return placed_.lastLine(decl.getEndLoc()); }

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

  static void addNames(const clang::Decl &decl, DeclarationExtent &extent) {
    const auto *named = llvm::dyn_cast<clang::NamedDecl>(&decl);
    if (named && named->getDeclName().isIdentifier() && named->getIdentifier()) {
      extent.names.insert(named->getName().str());
      extent.isMade |= named->getLocation().isMacroID();
    }
    if (const auto *pattern = llvm::dyn_cast<clang::ClassTemplateDecl>(&decl))
      return addNames(*pattern->getTemplatedDecl(), extent);
    if (const auto *tag = llvm::dyn_cast<clang::TagDecl>(&decl))
      for (const clang::Decl *member : tag->decls())
        if (!member->isImplicit())
          addNames(*member, extent);
  }

  /// Its own name, and those of the types and enumerators in it.
  static void addTags(const clang::TagDecl &tag, std::set<std::string> &tags) {
    if (tag.getIdentifier())
      tags.insert(tag.getName().str());
    for (const clang::Decl *member : tag.decls()) {
      if (const auto *inner = llvm::dyn_cast<clang::TagDecl>(member))
        addTags(*inner, tags);
      else if (const auto *enumerator = llvm::dyn_cast<clang::EnumConstantDecl>(member))
        tags.insert(enumerator->getName().str());
    }
  }

  void addFields(const clang::RecordDecl &record, DeclarationExtent &extent) const {
    for (const clang::Decl *member : record.decls()) {
      if (const auto *inner = llvm::dyn_cast<clang::RecordDecl>(member))
        addFields(*inner, extent);
      const auto *field = llvm::dyn_cast<clang::FieldDecl>(member);
      if (!field || !field->getIdentifier() || field->getLocation().isMacroID())
        continue;
      // One of a type that is defined with it takes up the lines of all of that type's.
      const clang::TagDecl *type = field->getType()->getBaseElementTypeUnsafe()->getAsTagDecl();
      if (type && type->isEmbeddedInDeclarator() && type->getLexicalDeclContext() == &record)
        continue;
      extent.fields.push_back({sources_.getExpansionLineNumber(field->getBeginLoc()),
                               lastLine(*field), field->getName().str(),
                               field->getType()->isPointerType()});
    }
  }

  const clang::ASTContext &context_;
  const clang::SourceManager &sources_;
  const std::optional<std::string> &only_;
  HeaderDeclarations &found_;
  DeclaredPlaces placed_;
  /// The #include lines that lead to the one file, and the files that these stand in or are
  /// included by.
  std::vector<clang::SourceLocation> inclusions_;
  llvm::DenseSet<clang::FileID> including_;
  /// Where each declaration of a file is listed, by where it begins.
  std::map<unsigned, size_t> places_;
  /// File and place of the type that the declaration before defined for the next one.
  std::pair<std::string, size_t> embedded_;
};

class DeclarationConsumer final : public clang::ASTConsumer {
public:
  DeclarationConsumer(const SourceTree &tree, const std::optional<std::string> &only,
                      HeaderDeclarations &found)
      : tree_(tree), only_(only), found_(found) {}
  void HandleTranslationUnit(clang::ASTContext &context) override {
    DeclarationReader(context, tree_, only_, found_).read(*context.getTranslationUnitDecl());
  }

private:
  const SourceTree &tree_;
  const std::optional<std::string> &only_;
  HeaderDeclarations &found_;
};

class DeclarationAction final : public clang::ASTFrontendAction {
public:
  DeclarationAction(const SourceTree &tree, const std::optional<std::string> &only,
                    HeaderDeclarations &found)
      : tree_(tree), only_(only), found_(found) {}

protected:
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance &instance,
                                                        llvm::StringRef) override {
    instance.getPreprocessor().setTokenWatcher(
        [&found = found_, places = DeclaredPlaces(instance.getSourceManager(), tree_.root)](
            const clang::Token &token) mutable {
          const clang::SourceLocation place = token.getLocation();
          if (token.is(clang::tok::identifier) && places.isPasted(place))
            found.pasted[places.fileOf(place)][token.getIdentifierInfo()->getName().str()].insert(
                places.line(place));
        });
    return std::make_unique<DeclarationConsumer>(tree_, only_, found_);
  }

private:
  const SourceTree &tree_;
  const std::optional<std::string> &only_;
  HeaderDeclarations &found_;
};

} // namespace

const DeclarationExtent *HeaderDeclarations::innermost(const std::string &file,
                                                       unsigned line) const {
  const auto list = files.find(file);
  const DeclarationExtent *found = nullptr;
  if (list != files.end())
    for (const DeclarationExtent &extent : list->second)
      if (extent.first <= line && line <= extent.last &&
          (!found || extent.last - extent.first <= found->last - found->first))
        found = &extent;
  return found;
}

llvm::Expected<HeaderDeclarations> readDeclarations(const UnitState &unit,
                                                    const std::optional<std::string> &only) {
  HeaderDeclarations found;
  if (auto failed = runFrontEnd(unit, std::make_unique<DeclarationAction>(unit.tree, only, found)))
    return failed;
  return found;
}

} // namespace suture::builder

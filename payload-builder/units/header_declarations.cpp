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
      : sources_(context.getSourceManager()), tree_(tree), only_(only), found_(found) {}

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
    const clang::SourceLocation begin = sources_.getExpansionLoc(decl.getBeginLoc());
    const std::string &file = fileOf(begin);
    if (file.empty() || (only_ && file != *only_))
      return;
    DeclarationExtent extent;
    extent.first = sources_.getExpansionLineNumber(begin);
    extent.last = lastLine(decl);
    extent.lastOfNames = extent.last;
    if (const auto *function = decl.getAsFunction();
        function && function->hasBody() && function->getBody())
      extent.lastOfNames = sources_.getExpansionLineNumber(function->getBody()->getBeginLoc());
    extent.standsAlone = standsAlone(decl);
    addNames(decl, extent);
    if (const auto *record = llvm::dyn_cast<clang::RecordDecl>(&decl)) {
      extent.isRecord = true;
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
    std::vector<DeclarationExtent> &list = found_[file];
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
    all.first = std::min(all.first, extent.first);
    all.last = std::max(all.last, extent.last);
    all.lastOfNames = std::max(all.lastOfNames, extent.lastOfNames);
    all.names.insert(extent.names.begin(), extent.names.end());
    all.standsAlone |= extent.standsAlone;
    all.fields.insert(all.fields.end(), extent.fields.begin(), extent.fields.end());
  }

  unsigned lastLine(const clang::Decl &decl) const {
    return sources_.getSpellingLineNumber(sources_.getExpansionRange(decl.getEndLoc()).getEnd());
  }

  const std::string &fileOf(clang::SourceLocation place) {
    auto [entry, isNew] = files_.try_emplace(sources_.getFileID(place).getHashValue());
    if (isNew)
      entry->second = locationOf(sources_, place, tree_.root).file;
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
  static void addNames(const clang::Decl &decl, DeclarationExtent &extent) {
    const auto *named = llvm::dyn_cast<clang::NamedDecl>(&decl);
    if (named && named->getDeclName().isIdentifier() && named->getIdentifier()) {
      extent.names.insert(named->getName().str());
      extent.standsAlone |= named->getLocation().isMacroID();
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

  const clang::SourceManager &sources_;
  const SourceTree &tree_;
  const std::optional<std::string> &only_;
  HeaderDeclarations &found_;
  /// Where each declaration of a file is listed, by where it begins.
  std::map<unsigned, size_t> places_;
  /// File and place of the type that the declaration before defined for the next one.
  std::pair<std::string, size_t> embedded_;
  std::map<unsigned, std::string> files_;
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
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance &,
                                                        llvm::StringRef) override {
    return std::make_unique<DeclarationConsumer>(tree_, only_, found_);
  }

private:
  const SourceTree &tree_;
  const std::optional<std::string> &only_;
  HeaderDeclarations &found_;
};

} // namespace

llvm::Expected<HeaderDeclarations> readDeclarations(const UnitState &unit,
                                                    const std::optional<std::string> &only) {
  HeaderDeclarations found;
  if (auto failed = runFrontEnd(unit, std::make_unique<DeclarationAction>(unit.tree, only, found)))
    return failed;
  return found;
}

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/foreign_references.h"

#include <clang/AST/DeclCXX.h>
#include <fmt/format.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/Casting.h>
#include <llvm/Support/xxhash.h>
#include <map>
#include <string>
#include <utility>

namespace suture::builder {

namespace {

class ReferenceReader final {
public:
  ReferenceReader(clang::ASTContext &context, const llvm::StringSet<> &names,
                  Fingerprinter &fingerprints,
                  const std::function<SourceLocation(clang::SourceLocation)> &placeOf)
      : context_(context), names_(names), fingerprints_(fingerprints), placeOf_(placeOf) {}

  void read(const clang::DeclContext &scope) {
    if (scope.isDependentContext())
      return;
    for (const clang::Decl *decl : scope.decls()) {
      const auto *named = llvm::dyn_cast<clang::NamedDecl>(decl);
      if (named && named->getIdentifier() && names_.contains(named->getName()) &&
          !named->isInvalidDecl())
        if (const std::string meaning = meaningOf(*named); !meaning.empty())
          add(*named, meaning);
      if (llvm::isa<clang::TagDecl, clang::NamespaceDecl, clang::LinkageSpecDecl,
                    clang::ExportDecl>(decl))
        read(*llvm::cast<clang::DeclContext>(decl));
    }
  }

  std::vector<Setting> settings() && {
    std::vector<Setting> result;
    for (auto &[text, setting] : found_)
      result.push_back(std::move(setting));
    return result;
  }

private:
  /// Empty: the declaration says nothing by itself.
  std::string meaningOf(const clang::NamedDecl &decl) {
    if (const auto *enumerator = llvm::dyn_cast<clang::EnumConstantDecl>(&decl))
      return llvm::toString(enumerator->getInitVal(), 10) + typeOf(enumerator->getType());
    if (const auto *record = llvm::dyn_cast<clang::RecordDecl>(&decl))
      return record->isThisDeclarationADefinition() ? typeOf(context_.getRecordType(record)) : "";
    if (const auto *type = llvm::dyn_cast<clang::TypedefNameDecl>(&decl))
      return typeOf(type->getUnderlyingType());
    if (llvm::isa<clang::FieldDecl, clang::IndirectFieldDecl>(decl))
      return placeOfMember(llvm::cast<clang::ValueDecl>(decl));
    if (const auto *function = llvm::dyn_cast<clang::FunctionDecl>(&decl))
      return std::to_string(fingerprints_.signature(*function->getMostRecentDecl()));
    if (const auto *variable = llvm::dyn_cast<clang::VarDecl>(&decl))
      return std::to_string(fingerprints_.type(*variable->getMostRecentDecl()));
    return {};
  }

  std::string typeOf(clang::QualType type) {
    const clang::QualType meant = type.getCanonicalType();
    const bool hasSize = !meant->isIncompleteType() && !meant->isDependentType() &&
                         !meant->isFunctionType() && !meant->isUndeducedType();
    return fmt::format(" {} {}", fingerprints_.typeName(meant),
                       hasSize ? context_.getTypeInfoInChars(meant).Width.getQuantity() : 0);
  }

  std::string placeOfMember(const clang::ValueDecl &member) {
    const auto *record = llvm::dyn_cast<clang::RecordDecl>(member.getDeclContext());
    if (!record || record->isInvalidDecl() || !record->isCompleteDefinition())
      return {};
    const auto *field = llvm::dyn_cast<clang::FieldDecl>(&member);
    return fmt::format("{}{} {}", context_.getFieldOffset(&member), typeOf(member.getType()),
                       field && field->isBitField() ? field->getBitWidthValue(context_) : 0);
  }

  void add(const clang::NamedDecl &decl, const std::string &meaning) {
    const std::string name = decl.getQualifiedNameAsString();
    auto [entry, isNew] = found_.try_emplace(name);
    Setting &setting = entry->second;
    if (isNew) {
      setting.text =
          fmt::format("{}, in lines that the target's compiler may read, and Clang does not", name);
      setting.location = placeOf_(decl.getLocation());
    }
    // Several declarations of one name, in any order.
    setting.hash ^= seen_.insert(name + meaning).second ? llvm::xxh3_64bits(meaning) : 0;
  }

  clang::ASTContext &context_;
  const llvm::StringSet<> &names_;
  Fingerprinter &fingerprints_;
  const std::function<SourceLocation(clang::SourceLocation)> &placeOf_;
  std::map<std::string, Setting> found_;
  llvm::StringSet<> seen_;
};

} // namespace

std::vector<Setting>
foreignReferences(clang::ASTContext &context, const llvm::StringSet<> &names,
                  Fingerprinter &fingerprints,
                  const std::function<SourceLocation(clang::SourceLocation)> &placeOf) {
  if (names.empty())
    return {};
  ReferenceReader reader(context, names, fingerprints, placeOf);
  reader.read(*context.getTranslationUnitDecl());
  return std::move(reader).settings();
}

} // namespace suture::builder

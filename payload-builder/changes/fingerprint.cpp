// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/fingerprint.h"

#include "payload-builder/changes/body_hasher.h"

#include <clang/AST/Attr.h>
#include <clang/AST/DeclCXX.h>
#include <clang/AST/DeclTemplate.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Support/xxhash.h>

namespace suture::builder {
namespace {

uint64_t combine(uint64_t a, uint64_t b) {
  uint64_t words[] = {a, b};
  return llvm::xxh3_64bits(
      llvm::ArrayRef<uint8_t>(reinterpret_cast<const uint8_t *>(words), sizeof(words)));
}

} // namespace

Fingerprinter::Fingerprinter(clang::ASTContext &context)
    : context_(context), policy_(context.getPrintingPolicy()) {
  // `struct (unnamed at x.h:12:3)` would change with every line above it.
  policy_.AnonymousTagLocations = false;
  policy_.FullyQualifiedName = true;
  policy_.PrintCanonicalTypes = true;
}

const std::string &Fingerprinter::typeName(clang::QualType type) {
  clang::QualType canonical = context_.getCanonicalType(type);
  auto [entry, isNew] = types_.try_emplace(canonical.getAsOpaquePtr());
  if (isNew) {
    entry->second.first = canonical.getAsString(policy_);
    entry->second.second = llvm::xxh3_64bits(entry->second.first);
  }
  return entry->second.first;
}

uint64_t Fingerprinter::typeHash(clang::QualType type) {
  if (type.isNull())
    return 0;
  typeName(type);
  return types_.find(context_.getCanonicalType(type).getAsOpaquePtr())->second.second;
}

uint64_t Fingerprinter::nameHash(const clang::NamedDecl &decl) {
  auto [entry, isNew] = names_.try_emplace(llvm::cast<clang::NamedDecl>(decl.getCanonicalDecl()));
  if (!isNew)
    return entry->second;
  std::string text;
  llvm::raw_string_ostream stream(text);
  decl.getNameForDiagnostic(stream, policy_, /*Qualified=*/true);
  uint64_t hash = llvm::xxh3_64bits(text);
  if (const auto *value = llvm::dyn_cast<clang::ValueDecl>(&decl))
    hash = combine(hash, typeHash(value->getType()));
  // typeHash may have moved nothing of names_, but it is looked up again for safety's sake.
  names_[llvm::cast<clang::NamedDecl>(decl.getCanonicalDecl())] = hash;
  return hash;
}

uint64_t Fingerprinter::attributesHash(const clang::Decl &decl) {
  uint64_t hash = 0;
  for (const clang::Attr *attribute : decl.attrs()) {
    if (attribute->isImplicit())
      continue;
    std::string text;
    llvm::raw_string_ostream stream(text);
    attribute->printPretty(stream, policy_);
    // Their order says nothing.
    hash += llvm::xxh3_64bits(text);
  }
  return hash;
}

uint64_t Fingerprinter::useHash(const clang::NamedDecl &decl) {
  auto [entry, isNew] = uses_.try_emplace(decl.getCanonicalDecl(), 0);
  if (isNew) // Each declaration inherits the attributes of those before it.
    entry->second = attributesHash(*decl.getMostRecentDecl());
  return entry->second;
}

Fingerprint Fingerprinter::body(const clang::FunctionDecl &function, References &references) {
  BodyHasher hasher(*this, references);
  hasher.parameters(function);
  if (const auto *constructor = llvm::dyn_cast<clang::CXXConstructorDecl>(&function))
    hasher.constructorInitializers(*constructor);
  hasher.walk(function.getBody());
  return hasher.result();
}

Fingerprint Fingerprinter::initializer(const clang::VarDecl &variable, References &references) {
  BodyHasher hasher(*this, references);
  if (const clang::Expr *value = variable.getInit())
    hasher.walk(value);
  return hasher.result();
}

uint64_t Fingerprinter::signature(const clang::FunctionDecl &function) {
  uint64_t hash = typeHash(function.getType());
  hash = combine(hash, attributesHash(function));
  hash = combine(hash, static_cast<uint64_t>(function.getFormalLinkage()));
  hash = combine(hash, function.isInlined());
  if (const auto *method = llvm::dyn_cast<clang::CXXMethodDecl>(&function))
    hash = combine(hash, method->isVirtual());
  return hash;
}

uint64_t Fingerprinter::type(const clang::VarDecl &variable) {
  uint64_t hash = typeHash(variable.getType());
  if (!variable.getType()->isIncompleteType() && !variable.getType()->isDependentType())
    hash = combine(
        hash, static_cast<uint64_t>(context_.getTypeSizeInChars(variable.getType()).getQuantity()));
  hash = combine(hash, attributesHash(variable));
  hash = combine(hash, static_cast<uint64_t>(variable.getFormalLinkage()));
  hash = combine(hash, static_cast<uint64_t>(variable.getTLSKind()));
  return hash;
}

} // namespace suture::builder

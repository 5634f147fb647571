// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a piece of an AST means, as a number that does not depend on where it stands.

#include <clang/AST/ASTContext.h>
#include <clang/AST/Decl.h>
#include <clang/AST/Stmt.h>
#include <cstdint>
#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/SetVector.h>

namespace suture::builder {

/// Two numbers for one piece of source.
struct Fingerprint {
  /// Of what is written, macros expanded, names resolved.
  uint64_t shape = 0;
  /// Of that and of what it hangs on elsewhere: values of constants and enumerators, sizes, offsets
  /// of members, places in a vtable.
  uint64_t meaning = 0;

  bool operator==(const Fingerprint &) const = default;
};

/// What a piece of source refers to, in order of appearance.
struct References {
  /// Functions and variables with static storage; static locals declared there are among them.
  llvm::SetVector<const clang::ValueDecl *> symbols;
  /// Records whose layout the code depends on.
  llvm::SetVector<const clang::RecordDecl *> records;
  /// Enumerators whose value the code depends on.
  llvm::SetVector<const clang::EnumConstantDecl *> enumerators;
};

/// Makes fingerprints in one AST. Comments, white space, `__LINE__`, `__FILE__`, the names of local
/// variables and the order of declarations have no part in them.
class Fingerprinter final {
public:
  explicit Fingerprinter(clang::ASTContext &context);

  /// Of a function's body, with a constructor's initializers.
  Fingerprint body(const clang::FunctionDecl &function, References &references);
  /// Of the value that a variable starts with; the same for all that have none.
  Fingerprint initializer(const clang::VarDecl &variable, References &references);
  /// Of a function's type, linkage and attributes.
  uint64_t signature(const clang::FunctionDecl &function);
  /// Of a variable's type with its size, its linkage and attributes.
  uint64_t type(const clang::VarDecl &variable);

  /// A type as the user writes it, the same in every AST.
  const std::string &typeName(clang::QualType type);

private:
  friend class BodyHasher;

  uint64_t typeHash(clang::QualType type);
  /// Of a declaration's name and type.
  uint64_t nameHash(const clang::NamedDecl &decl);
  uint64_t attributesHash(const clang::Decl &decl);
  /// Of what a use of the declaration hangs on besides its type: the attributes (`pure`, `weak`,
  /// another symbol name, an alignment) of all its declarations.
  uint64_t useHash(const clang::NamedDecl &decl);

  clang::ASTContext &context_;
  clang::PrintingPolicy policy_;
  llvm::DenseMap<const void *, std::pair<std::string, uint64_t>> types_;
  llvm::DenseMap<const clang::NamedDecl *, uint64_t> names_;
  llvm::DenseMap<const clang::Decl *, uint64_t> uses_;
};

} // namespace suture::builder

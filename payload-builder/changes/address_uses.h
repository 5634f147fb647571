// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a function hands out addresses of functions and objects, so that they may outlive it.

#include <clang/AST/ASTContext.h>
#include <clang/AST/Decl.h>
#include <clang/AST/Expr.h>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace suture::builder {

enum class AddressSink { Stored, Passed, Returned };

/// One place where an address leaves a function.
struct RawAddressUse {
  /// The function or object; nullptr: a string literal. Strings count where they are stored only.
  const clang::ValueDecl *subject = nullptr;
  AddressSink sink = AddressSink::Stored;
  clang::SourceLocation place;
  /// `d->ops`, or the function that is called; "" for a return.
  std::string where;
  /// The variable of static storage that it is stored in; nullptr: something reached by a pointer.
  const clang::VarDecl *into = nullptr;
};

/// Finds the uses of one AST's functions. Not thread-safe.
class AddressUseReader final {
public:
  /// Whether an address of this function or object is of interest.
  using Filter = std::function<bool(const clang::ValueDecl &)>;
  AddressUseReader(clang::ASTContext &context, Filter isWanted)
      : context_(context), isWanted_(std::move(isWanted)) {}

  /// In the order of the text. \param function  a definition.
  std::vector<RawAddressUse> read(const clang::FunctionDecl &function);

private:
  friend class FunctionScan;
  /// Whether a function with a body hands the parameter's value on.
  bool keepsParameter(const clang::FunctionDecl &function, unsigned index);

  clang::ASTContext &context_;
  Filter isWanted_;
  /// False while it is being found out, which ends recursion.
  std::map<std::pair<const clang::FunctionDecl *, unsigned>, bool> keeps_;
};

} // namespace suture::builder

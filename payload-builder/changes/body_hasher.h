// SPDX-License-Identifier: Apache-2.0
#pragma once
// The walk over one body or initializer; fingerprint.h is what others use.

#include "payload-builder/changes/fingerprint.h"

#include <clang/AST/StmtVisitor.h>

namespace suture::builder {

/// Walks statements in order and adds what each one means to both numbers.
class BodyHasher final : public clang::ConstStmtVisitor<BodyHasher> {
public:
  BodyHasher(Fingerprinter &names, References &references)
      : names_(names), context_(names.context_), references_(references) {}

  void parameters(const clang::FunctionDecl &function);
  void constructorInitializers(const clang::CXXConstructorDecl &constructor);
  void walk(const clang::Stmt *statement);
  Fingerprint result() const { return result_; }

  // One for each class of statement that means more than its class, its type and its children.
  void VisitIntegerLiteral(const clang::IntegerLiteral *literal);
  void VisitFloatingLiteral(const clang::FloatingLiteral *literal);
  void VisitFixedPointLiteral(const clang::FixedPointLiteral *literal);
  void VisitCharacterLiteral(const clang::CharacterLiteral *literal);
  void VisitInitListExpr(const clang::InitListExpr *list);
  void VisitStringLiteral(const clang::StringLiteral *literal);
  void VisitCXXBoolLiteralExpr(const clang::CXXBoolLiteralExpr *literal);
  void VisitDeclRefExpr(const clang::DeclRefExpr *expression);
  void VisitMemberExpr(const clang::MemberExpr *expression);
  void VisitCallExpr(const clang::CallExpr *expression);
  void VisitCXXMemberCallExpr(const clang::CXXMemberCallExpr *expression);
  void VisitCastExpr(const clang::CastExpr *expression);
  void VisitUnaryOperator(const clang::UnaryOperator *expression);
  void VisitBinaryOperator(const clang::BinaryOperator *expression);
  void VisitArraySubscriptExpr(const clang::ArraySubscriptExpr *expression);
  void VisitUnaryExprOrTypeTraitExpr(const clang::UnaryExprOrTypeTraitExpr *expression);
  void VisitOffsetOfExpr(const clang::OffsetOfExpr *expression);
  void VisitTypeTraitExpr(const clang::TypeTraitExpr *expression);
  void VisitAtomicExpr(const clang::AtomicExpr *expression);
  void VisitAddrLabelExpr(const clang::AddrLabelExpr *expression);
  void VisitCXXConstructExpr(const clang::CXXConstructExpr *expression);
  void VisitCXXInheritedCtorInitExpr(const clang::CXXInheritedCtorInitExpr *expression);
  void VisitCXXBindTemporaryExpr(const clang::CXXBindTemporaryExpr *expression);
  void VisitCXXNewExpr(const clang::CXXNewExpr *expression);
  void VisitCXXDeleteExpr(const clang::CXXDeleteExpr *expression);
  void VisitLambdaExpr(const clang::LambdaExpr *expression);
  void VisitGCCAsmStmt(const clang::GCCAsmStmt *statement);
  void VisitGotoStmt(const clang::GotoStmt *statement);
  void VisitLabelStmt(const clang::LabelStmt *statement);
  void VisitDeclStmt(const clang::DeclStmt *statement);
  void VisitAttributedStmt(const clang::AttributedStmt *statement);
  void VisitIfStmt(const clang::IfStmt *statement);

private:
  enum class In { Both, MeaningOnly };
  void add(uint64_t value, In where = In::Both);
  void add(llvm::StringRef text);
  void addType(clang::QualType type);
  /// The number of a local declaration: by order of first appearance.
  void addLocal(const clang::Decl *decl);
  void addDecl(const clang::ValueDecl &decl);
  void addValue(const clang::VarDecl &variable);
  void addVariable(const clang::VarDecl &variable);
  /// The code depends on the type's size, for a copy, an object or steps through an array.
  void dependsOnSize(clang::QualType type);
  void dependsOnDestructor(clang::QualType type);
  bool comesFromPositionMacro(clang::SourceLocation place) const;

  Fingerprinter &names_;
  clang::ASTContext &context_;
  References &references_;
  Fingerprint result_;
  llvm::DenseMap<const clang::Decl *, uint64_t> locals_;
};

} // namespace suture::builder

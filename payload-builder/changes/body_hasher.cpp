// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/body_hasher.h"

// Clang has two hashes of its own. Stmt::Profile puts pointers of declarations in, which differ
// from one AST to the next; ODRHash has no types of expressions and no values, so that `x + 1` with
// a global x that became unsigned looks the same. Neither knows that a number came from `__LINE__`.
//
// Here every statement adds its class, every expression its canonical type, and each class what is
// its own (an operator, a literal's value, the name of what it refers to). Locals count by order,
// so that a renamed one is the same. What a statement hangs on elsewhere goes into `meaning` alone:
// `shape` then tells a function that was edited from one that an edit elsewhere reaches.

#include <clang/AST/Attr.h>
#include <clang/AST/DeclCXX.h>
#include <clang/AST/Expr.h>
#include <clang/AST/ExprCXX.h>
#include <clang/AST/RecordLayout.h>
#include <clang/AST/VTableBuilder.h>
#include <clang/Basic/SourceManager.h>
#include <clang/Lex/Lexer.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Support/xxhash.h>

namespace suture::builder {
namespace {

void mix(uint64_t &state, uint64_t value) {
  state = (state ^ value) * 0x9E3779B97F4A7C15u;
  state ^= state >> 32;
}

bool hasStaticStorage(const clang::ValueDecl &decl) {
  const auto *variable = llvm::dyn_cast<clang::VarDecl>(&decl);
  return variable && variable->hasGlobalStorage();
}

/// What it is defined as in this unit is compared there.
bool isDefinedHere(const clang::ValueDecl &decl) {
  if (const auto *function = llvm::dyn_cast<clang::FunctionDecl>(&decl))
    return function->hasBody();
  const auto *variable = llvm::dyn_cast<clang::VarDecl>(&decl);
  return variable && variable->hasDefinition() != clang::VarDecl::DeclarationOnly;
}

} // namespace

void BodyHasher::add(uint64_t value, In where) {
  if (where == In::Both)
    mix(result_.shape, value);
  mix(result_.meaning, value);
}

void BodyHasher::add(llvm::StringRef text) { add(llvm::xxh3_64bits(text)); }

void BodyHasher::addType(clang::QualType type) { add(names_.typeHash(type)); }

void BodyHasher::addLocal(const clang::Decl *decl) {
  add(locals_.try_emplace(decl, locals_.size()).first->second);
}

/// The literal is what `__LINE__`, `__FILE__` or the time of the run expanded to, perhaps through
/// other macros.
bool BodyHasher::comesFromPositionMacro(clang::SourceLocation place) const {
  const clang::SourceManager &sources = context_.getSourceManager();
  while (place.isMacroID() && sources.isMacroArgExpansion(place))
    place = sources.getImmediateSpellingLoc(place);
  if (!place.isMacroID() || !sources.isWrittenInScratchSpace(sources.getSpellingLoc(place)))
    return false;
  // A token made by a built-in macro expands from the macro's own name.
  clang::SourceLocation name =
      sources.getSpellingLoc(sources.getImmediateExpansionRange(place).getBegin());
  llvm::SmallString<16> storage;
  llvm::StringRef spelled =
      clang::Lexer::getSpelling(name, storage, sources, context_.getLangOpts());
  return spelled == "__LINE__" || spelled == "__FILE__" || spelled == "__FILE_NAME__" ||
         spelled == "__BASE_FILE__" || spelled == "__DATE__" || spelled == "__TIME__" ||
         spelled == "__TIMESTAMP__";
}

void BodyHasher::dependsOnSize(clang::QualType type) {
  if (type.isNull() || type->isDependentType() || type->isIncompleteType() ||
      type->isFunctionType() || type->isVariableArrayType())
    return;
  const clang::Type *element = type->getBaseElementTypeUnsafe();
  const auto *record = element->getAsRecordDecl();
  if (!record || record->isInvalidDecl())
    return;
  references_.records.insert(record->getDefinition());
  add(static_cast<uint64_t>(context_.getTypeSizeInChars(type).getQuantity()), In::MeaningOnly);
  add(static_cast<uint64_t>(context_.getTypeAlignInChars(type).getQuantity()), In::MeaningOnly);
}

void BodyHasher::dependsOnDestructor(clang::QualType type) {
  if (type.isNull())
    return;
  const auto *record = type->getBaseElementTypeUnsafe()->getAsCXXRecordDecl();
  if (!record || !record->hasDefinition() || record->hasTrivialDestructor())
    return;
  if (const clang::CXXDestructorDecl *destructor = record->getDestructor())
    references_.symbols.insert(destructor);
}

/// A constant's value goes where its name is used.
void BodyHasher::addValue(const clang::VarDecl &variable) {
  // The initializer may be another declaration's: that of a static member in its class.
  const clang::VarDecl *holder = nullptr;
  const clang::Expr *initializer = variable.getAnyInitializer(holder);
  if (!variable.getType().isConstQualified() || !initializer || !holder)
    return;
  if (!holder->mightBeUsableInConstantExpressions(context_) || initializer->isValueDependent())
    return;
  const clang::APValue *value = holder->evaluateValue();
  if (!value)
    return;
  if (value->isInt())
    add(value->getInt().extOrTrunc(64).getZExtValue(), In::MeaningOnly);
}

void BodyHasher::addDecl(const clang::ValueDecl &decl) {
  if (const auto *enumerator = llvm::dyn_cast<clang::EnumConstantDecl>(&decl)) {
    add(names_.nameHash(*enumerator));
    references_.enumerators.insert(enumerator);
    add(enumerator->getInitVal().extOrTrunc(64).getZExtValue(), In::MeaningOnly);
    return;
  }
  if (llvm::isa<clang::FunctionDecl>(decl) || hasStaticStorage(decl)) {
    add(names_.nameHash(decl));
    if (!isDefinedHere(decl))
      add(names_.useHash(decl), In::MeaningOnly);
    references_.symbols.insert(&decl);
    if (const auto *variable = llvm::dyn_cast<clang::VarDecl>(&decl))
      addValue(*variable);
    return;
  }
  if (llvm::isa<clang::VarDecl, clang::BindingDecl>(decl)) {
    addLocal(decl.getCanonicalDecl());
    return;
  }
  add(names_.nameHash(decl));
}

void BodyHasher::parameters(const clang::FunctionDecl &function) {
  // Their types are the signature's; here they only get their numbers.
  for (const clang::ParmVarDecl *parameter : function.parameters())
    locals_.try_emplace(parameter->getCanonicalDecl(), locals_.size());
}

void BodyHasher::constructorInitializers(const clang::CXXConstructorDecl &constructor) {
  for (const clang::CXXCtorInitializer *initializer : constructor.inits()) {
    if (const clang::FieldDecl *field = initializer->getAnyMember()) {
      add(names_.nameHash(*field));
      if (!constructor.getParent()->isInvalidDecl())
        add(context_.getFieldOffset(field), In::MeaningOnly);
    } else if (const clang::Type *base = initializer->getBaseClass()) {
      addType(clang::QualType(base, 0));
    }
    walk(initializer->getInit());
  }
  references_.records.insert(constructor.getParent());
}

void BodyHasher::addVariable(const clang::VarDecl &variable) {
  if (variable.hasGlobalStorage()) {
    // An entity of its own: its initializer is compared there.
    add(names_.nameHash(variable));
    references_.symbols.insert(&variable);
    return;
  }
  addLocal(variable.getCanonicalDecl());
  addType(variable.getType());
  add(names_.attributesHash(variable));
  dependsOnSize(variable.getType());
  dependsOnDestructor(variable.getType());
  if (const auto *decomposition = llvm::dyn_cast<clang::DecompositionDecl>(&variable))
    for (const clang::BindingDecl *binding : decomposition->bindings()) {
      addLocal(binding->getCanonicalDecl());
      if (const clang::VarDecl *holding = binding->getHoldingVar())
        addVariable(*holding);
      else
        walk(binding->getBinding());
    }
  walk(variable.getInit());
}

void BodyHasher::walk(const clang::Stmt *statement) {
  if (!statement) {
    add(1);
    return;
  }
  // Layers that mean nothing of their own, and the parts that are not compiled.
  if (const auto *parens = llvm::dyn_cast<clang::ParenExpr>(statement))
    return walk(parens->getSubExpr());
  if (const auto *constant = llvm::dyn_cast<clang::ConstantExpr>(statement))
    return walk(constant->getSubExpr());
  if (const auto *selection = llvm::dyn_cast<clang::GenericSelectionExpr>(statement))
    return walk(selection->getResultExpr());
  if (const auto *choice = llvm::dyn_cast<clang::ChooseExpr>(statement))
    return walk(choice->getChosenSubExpr());
  if (const auto *argument = llvm::dyn_cast<clang::CXXDefaultArgExpr>(statement))
    return walk(argument->getExpr());
  if (const auto *member = llvm::dyn_cast<clang::CXXDefaultInitExpr>(statement))
    return walk(member->getExpr());
  if (const auto *parameter = llvm::dyn_cast<clang::SubstNonTypeTemplateParmExpr>(statement))
    return walk(parameter->getReplacement());
  if (const auto *opaque = llvm::dyn_cast<clang::OpaqueValueExpr>(statement))
    return walk(opaque->getSourceExpr());
  if (const auto *list = llvm::dyn_cast<clang::InitListExpr>(statement))
    if (list->isSyntacticForm() && list->getSemanticForm())
      statement = list->getSemanticForm();
  if (llvm::isa<clang::NullStmt>(statement))
    return;

  add(0x100u + statement->getStmtClass());
  if (const auto *expression = llvm::dyn_cast<clang::Expr>(statement)) {
    addType(expression->getType());
    add(static_cast<uint64_t>(expression->getValueKind()));
  }
  Visit(statement);
  // sizeof and its kin have operands that are not evaluated; DeclStmt and LambdaExpr walk their
  // own.
  if (llvm::isa<clang::DeclStmt, clang::UnaryExprOrTypeTraitExpr, clang::OffsetOfExpr,
                clang::LambdaExpr, clang::SourceLocExpr>(statement))
    return;
  for (const clang::Stmt *child : statement->children())
    walk(child);
  add(2);
}

void BodyHasher::VisitIntegerLiteral(const clang::IntegerLiteral *literal) {
  if (!comesFromPositionMacro(literal->getLocation()))
    add(literal->getValue().zextOrTrunc(64).getZExtValue());
}

void BodyHasher::VisitFloatingLiteral(const clang::FloatingLiteral *literal) {
  add(literal->getValue().bitcastToAPInt().zextOrTrunc(64).getZExtValue());
}

void BodyHasher::VisitFixedPointLiteral(const clang::FixedPointLiteral *literal) {
  add(literal->getValue().zextOrTrunc(64).getZExtValue());
}

void BodyHasher::VisitCharacterLiteral(const clang::CharacterLiteral *literal) {
  add(literal->getValue());
}

void BodyHasher::VisitInitListExpr(const clang::InitListExpr *list) {
  if (const clang::FieldDecl *field = list->getInitializedFieldInUnion())
    add(names_.nameHash(*field));
}

void BodyHasher::VisitStringLiteral(const clang::StringLiteral *literal) {
  bool hasPosition = false;
  for (unsigned i = 0; i < literal->getNumConcatenated(); ++i)
    hasPosition |= comesFromPositionMacro(literal->getStrTokenLoc(i));
  if (!hasPosition)
    return add(literal->getBytes());
  // `"at " __FILE__` is of two tokens: the others count.
  const clang::SourceManager &sources = context_.getSourceManager();
  llvm::SmallString<64> storage;
  for (unsigned i = 0; i < literal->getNumConcatenated(); ++i)
    if (clang::SourceLocation place = literal->getStrTokenLoc(i); !comesFromPositionMacro(place))
      add(clang::Lexer::getSpelling(sources.getSpellingLoc(place), storage, sources,
                                    context_.getLangOpts()));
}

void BodyHasher::VisitCXXBoolLiteralExpr(const clang::CXXBoolLiteralExpr *literal) {
  add(literal->getValue());
}

void BodyHasher::VisitDeclRefExpr(const clang::DeclRefExpr *expression) {
  addDecl(*expression->getDecl());
}

void BodyHasher::VisitMemberExpr(const clang::MemberExpr *expression) {
  const clang::ValueDecl &member = *expression->getMemberDecl();
  const auto *field = llvm::dyn_cast<clang::FieldDecl>(&member);
  if (!field)
    return addDecl(member);
  add(names_.nameHash(*field));
  const clang::RecordDecl *record = field->getParent();
  if (record->isInvalidDecl() || record->isDependentType())
    return;
  references_.records.insert(record->getDefinition());
  add(context_.getFieldOffset(field), In::MeaningOnly);
  if (field->isBitField())
    add(field->getBitWidthValue(context_), In::MeaningOnly);
}

/// The compiler may leave nothing of the call but its value.
void BodyHasher::VisitCallExpr(const clang::CallExpr *expression) {
  const clang::FunctionDecl *callee = expression->getDirectCallee();
  if (!callee || !callee->isConstexpr() || expression->isValueDependent() ||
      !expression->getType()->isIntegralOrEnumerationType())
    return;
  clang::Expr::EvalResult value;
  if (expression->EvaluateAsInt(value, context_))
    add(value.Val.getInt().extOrTrunc(64).getZExtValue(), In::MeaningOnly);
}

void BodyHasher::VisitCXXMemberCallExpr(const clang::CXXMemberCallExpr *expression) {
  VisitCallExpr(expression);
  const clang::CXXMethodDecl *method = expression->getMethodDecl();
  if (!method || !method->isVirtual() || llvm::isa<clang::CXXDestructorDecl>(method))
    return;
  auto *tables = llvm::dyn_cast<clang::ItaniumVTableContext>(context_.getVTableContext());
  if (!tables)
    return;
  references_.records.insert(method->getParent());
  add(tables->getMethodVTableIndex(clang::GlobalDecl(method)), In::MeaningOnly);
}

void BodyHasher::VisitCastExpr(const clang::CastExpr *expression) {
  add(static_cast<uint64_t>(expression->getCastKind()));
  if (expression->getCastKind() == clang::CK_LValueToRValue)
    dependsOnSize(expression->getType());
  for (const clang::CXXBaseSpecifier *base : expression->path())
    dependsOnSize(base->getType());
}

void BodyHasher::VisitUnaryOperator(const clang::UnaryOperator *expression) {
  add(expression->getOpcode());
  if (expression->isIncrementDecrementOp() && expression->getType()->isPointerType())
    dependsOnSize(expression->getType()->getPointeeType());
}

void BodyHasher::VisitBinaryOperator(const clang::BinaryOperator *expression) {
  add(expression->getOpcode());
  if (expression->isAdditiveOp() || expression->isCompoundAssignmentOp())
    for (const clang::Expr *operand : {expression->getLHS(), expression->getRHS()})
      if (operand->getType()->isPointerType())
        dependsOnSize(operand->getType()->getPointeeType());
}

void BodyHasher::VisitArraySubscriptExpr(const clang::ArraySubscriptExpr *expression) {
  dependsOnSize(expression->getType());
}

void BodyHasher::VisitUnaryExprOrTypeTraitExpr(const clang::UnaryExprOrTypeTraitExpr *expression) {
  add(static_cast<uint64_t>(expression->getKind()));
  dependsOnSize(expression->getTypeOfArgument());
  clang::Expr::EvalResult value;
  if (!expression->isValueDependent() && expression->EvaluateAsInt(value, context_))
    add(value.Val.getInt().extOrTrunc(64).getZExtValue(), In::MeaningOnly);
  else if (!expression->isArgumentType())
    walk(expression->getArgumentExpr());
}

void BodyHasher::VisitOffsetOfExpr(const clang::OffsetOfExpr *expression) {
  addType(expression->getTypeSourceInfo()->getType());
  dependsOnSize(expression->getTypeSourceInfo()->getType());
  clang::Expr::EvalResult value;
  if (!expression->isValueDependent() && expression->EvaluateAsInt(value, context_))
    add(value.Val.getInt().extOrTrunc(64).getZExtValue(), In::MeaningOnly);
  for (unsigned i = 0; i < expression->getNumComponents(); ++i)
    if (expression->getComponent(i).getKind() == clang::OffsetOfNode::Field)
      add(names_.nameHash(*expression->getComponent(i).getField()));
  for (unsigned i = 0; i < expression->getNumExpressions(); ++i)
    walk(expression->getIndexExpr(i));
}

void BodyHasher::VisitTypeTraitExpr(const clang::TypeTraitExpr *expression) {
  if (!expression->isValueDependent())
    add(expression->getValue(), In::MeaningOnly);
}

void BodyHasher::VisitAtomicExpr(const clang::AtomicExpr *expression) { add(expression->getOp()); }

void BodyHasher::VisitAddrLabelExpr(const clang::AddrLabelExpr *expression) {
  addLocal(expression->getLabel());
}

void BodyHasher::VisitCXXConstructExpr(const clang::CXXConstructExpr *expression) {
  addDecl(*expression->getConstructor());
  dependsOnSize(expression->getType());
  dependsOnDestructor(expression->getType());
}

void BodyHasher::VisitCXXInheritedCtorInitExpr(const clang::CXXInheritedCtorInitExpr *expression) {
  addDecl(*expression->getConstructor());
}

void BodyHasher::VisitCXXBindTemporaryExpr(const clang::CXXBindTemporaryExpr *expression) {
  dependsOnDestructor(expression->getType());
}

void BodyHasher::VisitCXXNewExpr(const clang::CXXNewExpr *expression) {
  if (expression->getOperatorNew())
    addDecl(*expression->getOperatorNew());
  dependsOnSize(expression->getAllocatedType());
}

void BodyHasher::VisitCXXDeleteExpr(const clang::CXXDeleteExpr *expression) {
  if (expression->getOperatorDelete())
    addDecl(*expression->getOperatorDelete());
  dependsOnDestructor(expression->getDestroyedType());
  dependsOnSize(expression->getDestroyedType());
}

void BodyHasher::VisitLambdaExpr(const clang::LambdaExpr *expression) {
  // Its body is a function of its own; what is captured is this function's doing.
  references_.symbols.insert(expression->getCallOperator());
  dependsOnSize(expression->getType());
  for (const clang::Expr *captured : expression->capture_inits())
    walk(captured);
}

void BodyHasher::VisitGCCAsmStmt(const clang::GCCAsmStmt *statement) {
  add(statement->getAsmString()->getBytes());
  add(statement->isVolatile());
  add(statement->isAsmGoto());
  for (unsigned i = 0; i < statement->getNumOutputs(); ++i) {
    add(statement->getOutputName(i));
    add(statement->getOutputConstraint(i));
  }
  for (unsigned i = 0; i < statement->getNumInputs(); ++i) {
    add(statement->getInputName(i));
    add(statement->getInputConstraint(i));
  }
  for (unsigned i = 0; i < statement->getNumClobbers(); ++i)
    add(statement->getClobber(i));
}

void BodyHasher::VisitGotoStmt(const clang::GotoStmt *statement) {
  addLocal(statement->getLabel());
}

void BodyHasher::VisitLabelStmt(const clang::LabelStmt *statement) {
  addLocal(statement->getDecl());
}

void BodyHasher::VisitDeclStmt(const clang::DeclStmt *statement) {
  for (const clang::Decl *decl : statement->decls())
    if (const auto *variable = llvm::dyn_cast<clang::VarDecl>(decl))
      addVariable(*variable);
}

void BodyHasher::VisitAttributedStmt(const clang::AttributedStmt *statement) {
  for (const clang::Attr *attribute : statement->getAttrs())
    add(static_cast<uint64_t>(attribute->getKind()));
}

void BodyHasher::VisitIfStmt(const clang::IfStmt *statement) {
  add(static_cast<uint64_t>(statement->getStatementKind()));
}

} // namespace suture::builder

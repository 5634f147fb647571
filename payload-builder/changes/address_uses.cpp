// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/address_uses.h"

// A payload that is reverted and unloaded leaves dangling whatever points into it. New code that
// registers a callback, a timer or an ops table does that:
//
//   static void tick(void *d) { ... }                  new
//   void start(struct domain *d) { init_timer(&d->t, tick, d, 0); }
//
// A value is followed from the expression that makes an address (a function's name, `&object`, an
// array's or a string's decay) to where it leaves the function: stored in anything but a local
// variable, passed to a function, or returned. Locals are followed without regard to order. A
// callee whose body the unit has is looked into: an address that it only reads or writes through,
// as atomic_inc() does, has not left. Of others a few are known to keep nothing.
//
// Limits: what a callee elsewhere does with an argument is not known, so that a warning may be one
// too many; an address that is made into a number, computed with and stored is followed through
// casts and sums alone.

#include <algorithm>
#include <array>
#include <clang/AST/ExprCXX.h>
#include <clang/AST/Stmt.h>
#include <llvm/Support/raw_ostream.h>

namespace suture::builder {
namespace {

/// Library functions that keep no pointer that they are given; beginnings of names.
constexpr std::array<llvm::StringLiteral, 12> KeepNothing = {
    "mem",    "str",        "snprintf",     "vsnprintf",   "scnprintf",     "printk",
    "_spin_", "_read_lock", "_read_unlock", "_write_lock", "_write_unlock", "__builtin_"};

bool keepsNothing(const clang::FunctionDecl &callee) {
  const clang::IdentifierInfo *name = callee.getIdentifier();
  return callee.getBuiltinID() != 0 ||
         (name && std::ranges::any_of(KeepNothing, [&](llvm::StringRef start) {
            return name->getName().starts_with(start);
          }));
}

/// Layers that leave a value what it is, or that are not compiled.
const clang::Expr *plain(const clang::Expr *expression) {
  while (expression) {
    expression = expression->IgnoreParens();
    if (const auto *choice = llvm::dyn_cast<clang::ChooseExpr>(expression))
      expression = choice->getChosenSubExpr();
    else if (const auto *selection = llvm::dyn_cast<clang::GenericSelectionExpr>(expression))
      expression = selection->getResultExpr();
    else if (const auto *constant = llvm::dyn_cast<clang::FullExpr>(expression))
      expression = constant->getSubExpr();
    else if (const auto *opaque = llvm::dyn_cast<clang::OpaqueValueExpr>(expression))
      expression = opaque->getSourceExpr();
    else if (const auto *temporary = llvm::dyn_cast<clang::MaterializeTemporaryExpr>(expression))
      expression = temporary->getSubExpr();
    else
      break;
  }
  return expression;
}

/// The variable that an lvalue is a part of; nullptr: it is reached by a pointer.
const clang::VarDecl *rootOf(const clang::Expr *lvalue) {
  while ((lvalue = plain(lvalue))) {
    if (const auto *name = llvm::dyn_cast<clang::DeclRefExpr>(lvalue)) {
      const auto *variable = llvm::dyn_cast<clang::VarDecl>(name->getDecl());
      return variable && !variable->getType()->isReferenceType() ? variable->getCanonicalDecl()
                                                                 : nullptr;
    }
    if (const auto *member = llvm::dyn_cast<clang::MemberExpr>(lvalue))
      lvalue = member->isArrow() ? nullptr : member->getBase();
    else if (const auto *element = llvm::dyn_cast<clang::ArraySubscriptExpr>(lvalue))
      lvalue = element->getBase();
    else if (const auto *cast = llvm::dyn_cast<clang::CastExpr>(lvalue))
      lvalue = cast->getCastKind() == clang::CK_LValueToRValue ? nullptr : cast->getSubExpr();
    else
      return nullptr;
  }
  return nullptr;
}

bool isLocal(const clang::VarDecl *variable) { return variable && !variable->hasGlobalStorage(); }

} // namespace

/// One function's body.
class FunctionScan final {
public:
  /// What a value may be the address of: a declaration, or nullptr for a string.
  using Sources = std::set<const clang::ValueDecl *>;

  FunctionScan(AddressUseReader &reader, const clang::FunctionDecl &function)
      : reader_(reader), function_(function) {}

  /// From here on the parameter's value is of interest, and nothing else.
  void follow(const clang::ParmVarDecl &parameter) {
    followed_ = &parameter;
    held_[parameter.getCanonicalDecl()] = {&parameter};
  }

  std::vector<RawAddressUse> run() {
    // Until no local holds anything more; then the uses are read off.
    for (size_t before = 1, now = 0; before != now;) {
      before = now;
      visit(function_.getBody());
      now = 0;
      for (const auto &[variable, sources] : held_)
        now += 1 + sources.size();
    }
    emitting_ = true;
    visit(function_.getBody());
    return std::move(uses_);
  }

private:
  void visit(const clang::Stmt *statement) {
    if (!statement || llvm::isa<clang::UnaryExprOrTypeTraitExpr, clang::LambdaExpr>(statement))
      return;
    if (const auto *assignment = llvm::dyn_cast<clang::BinaryOperator>(statement);
        assignment && assignment->getOpcode() == clang::BO_Assign)
      assign(*assignment->getLHS(), *assignment->getRHS());
    else if (const auto *call = llvm::dyn_cast<clang::CallExpr>(statement))
      passArguments(*call);
    else if (const auto *construction = llvm::dyn_cast<clang::CXXConstructExpr>(statement))
      for (unsigned i = 0; i < construction->getNumArgs(); ++i)
        pass(*construction->getArg(i), construction->getConstructor(), i);
    else if (const auto *returned = llvm::dyn_cast<clang::ReturnStmt>(statement))
      use(returned->getRetValue(), AddressSink::Returned, "", nullptr);
    else if (const auto *declaration = llvm::dyn_cast<clang::DeclStmt>(statement))
      for (const clang::Decl *decl : declaration->decls())
        if (const auto *variable = llvm::dyn_cast<clang::VarDecl>(decl); isLocal(variable))
          hold(*variable, variable->getInit());
    for (const clang::Stmt *child : statement->children())
      visit(child);
  }

  void hold(const clang::VarDecl &variable, const clang::Expr *value) {
    Sources sources;
    collect(value, sources);
    if (!sources.empty())
      held_[variable.getCanonicalDecl()].insert(sources.begin(), sources.end());
  }

  void assign(const clang::Expr &to, const clang::Expr &value) {
    const clang::VarDecl *root = rootOf(&to);
    if (isLocal(root))
      return hold(*root, &value);
    use(&value, AddressSink::Stored, textOf(to), root);
  }

  void passArguments(const clang::CallExpr &call) {
    const clang::FunctionDecl *callee = call.getDirectCallee();
    for (unsigned i = 0; i < call.getNumArgs(); ++i)
      pass(*call.getArg(i), callee, i);
  }

  void pass(const clang::Expr &argument, const clang::FunctionDecl *callee, unsigned index) {
    if (callee) {
      if (keepsNothing(*callee))
        return;
      const clang::FunctionDecl *definition = nullptr;
      if (callee->hasBody(definition) && index < definition->getNumParams() &&
          !reader_.keepsParameter(*definition, index))
        return;
    }
    use(&argument, AddressSink::Passed,
        callee ? callee->getQualifiedNameAsString() : "a function by its address", nullptr);
  }

  void use(const clang::Expr *value, AddressSink sink, std::string where,
           const clang::VarDecl *into) {
    if (!emitting_ || !value)
      return;
    Sources sources;
    collect(value, sources);
    for (const clang::ValueDecl *source : sources)
      if (source || sink == AddressSink::Stored)
        uses_.push_back({source, sink, value->getBeginLoc(), where, into});
  }

  void add(const clang::ValueDecl *decl, Sources &sources) const {
    if (!followed_ && (!decl || reader_.isWanted_(*decl)))
      sources.insert(decl);
  }

  /// What the lvalue is the address of, when its address is taken.
  void collectAddress(const clang::Expr *lvalue, Sources &sources) const {
    lvalue = plain(lvalue);
    if (!lvalue)
      return;
    if (llvm::isa<clang::StringLiteral, clang::PredefinedExpr>(lvalue))
      return add(nullptr, sources);
    if (const auto *name = llvm::dyn_cast<clang::DeclRefExpr>(lvalue)) {
      const clang::ValueDecl *decl = name->getDecl();
      const auto *variable = llvm::dyn_cast<clang::VarDecl>(decl);
      if (isLocal(variable)) {
        if (auto held = held_.find(variable->getCanonicalDecl()); held != held_.end())
          sources.insert(held->second.begin(), held->second.end());
      } else if (variable || llvm::isa<clang::FunctionDecl>(decl)) {
        add(decl, sources);
      }
      return;
    }
    if (const auto *member = llvm::dyn_cast<clang::MemberExpr>(lvalue))
      return member->isArrow() ? collect(member->getBase(), sources)
                               : collectAddress(member->getBase(), sources);
    if (const auto *element = llvm::dyn_cast<clang::ArraySubscriptExpr>(lvalue))
      return collect(element->getBase(), sources);
    if (const auto *pointer = llvm::dyn_cast<clang::UnaryOperator>(lvalue);
        pointer && pointer->getOpcode() == clang::UO_Deref)
      return collect(pointer->getSubExpr(), sources);
    if (const auto *literal = llvm::dyn_cast<clang::CompoundLiteralExpr>(lvalue))
      return collect(literal->getInitializer(), sources);
    if (const auto *cast = llvm::dyn_cast<clang::CastExpr>(lvalue))
      return collectAddress(cast->getSubExpr(), sources);
  }

  /// Reading a local gives what it holds; of anything else only a copy of a whole object may hold
  /// an address of ours.
  void collectRead(const clang::CastExpr &read, Sources &sources) const {
    const clang::VarDecl *root = rootOf(read.getSubExpr());
    if (isLocal(root) || (root && read.getType()->isRecordType()))
      collectAddress(read.getSubExpr(), sources);
  }

  /// What the value may be the address of, or hold addresses of.
  void collect(const clang::Expr *value, Sources &sources) const {
    value = plain(value);
    if (!value)
      return;
    if (const auto *cast = llvm::dyn_cast<clang::CastExpr>(value)) {
      switch (cast->getCastKind()) {
      case clang::CK_ArrayToPointerDecay:
      case clang::CK_FunctionToPointerDecay:
        return collectAddress(cast->getSubExpr(), sources);
      case clang::CK_LValueToRValue:
        return collectRead(*cast, sources);
      default:
        return collect(cast->getSubExpr(), sources);
      }
    }
    if (const auto *address = llvm::dyn_cast<clang::UnaryOperator>(value);
        address && address->getOpcode() == clang::UO_AddrOf)
      return collectAddress(address->getSubExpr(), sources);
    if (const auto *choice = llvm::dyn_cast<clang::AbstractConditionalOperator>(value)) {
      collect(choice->getTrueExpr(), sources);
      return collect(choice->getFalseExpr(), sources);
    }
    if (const auto *binary = llvm::dyn_cast<clang::BinaryOperator>(value)) {
      if (binary->isAdditiveOp() || binary->getOpcode() == clang::BO_Or)
        collect(binary->getLHS(), sources);
      if (binary->isAdditiveOp() || binary->getOpcode() == clang::BO_Or || binary->isCommaOp() ||
          binary->getOpcode() == clang::BO_Assign)
        collect(binary->getRHS(), sources);
      return;
    }
    if (const auto *list = llvm::dyn_cast<clang::InitListExpr>(value)) {
      for (const clang::Expr *element : list->inits())
        collect(element, sources);
      return;
    }
    if (const auto *block = llvm::dyn_cast<clang::StmtExpr>(value)) {
      const clang::CompoundStmt *body = block->getSubStmt();
      if (!body->body_empty())
        collect(llvm::dyn_cast<clang::Expr>(body->body_back()), sources);
      return;
    }
    if (value->isGLValue())
      collectAddress(value, sources);
  }

  std::string textOf(const clang::Expr &expression) const {
    std::string text;
    llvm::raw_string_ostream stream(text);
    expression.printPretty(stream, nullptr, reader_.context_.getPrintingPolicy());
    constexpr size_t Enough = 60;
    if (text.size() > Enough)
      text = text.substr(0, Enough) + "...";
    std::ranges::replace(text, '\n', ' ');
    return text;
  }

  AddressUseReader &reader_;
  const clang::FunctionDecl &function_;
  const clang::ParmVarDecl *followed_ = nullptr;
  std::map<const clang::VarDecl *, Sources> held_;
  bool emitting_ = false;
  std::vector<RawAddressUse> uses_;
};

bool AddressUseReader::keepsParameter(const clang::FunctionDecl &function, unsigned index) {
  auto [entry, isNew] = keeps_.try_emplace({&function, index}, false);
  if (!isNew)
    return entry->second;
  FunctionScan scan(*this, function);
  scan.follow(*function.getParamDecl(index));
  const bool keeps = !scan.run().empty();
  keeps_[{&function, index}] = keeps;
  return keeps;
}

std::vector<RawAddressUse> AddressUseReader::read(const clang::FunctionDecl &function) {
  return FunctionScan(*this, function).run();
}

} // namespace suture::builder

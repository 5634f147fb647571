// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/unit_facts.h"

// A parse goes without the bodies of functions that the unit is thought to have no use for. Clang
// marks what is referred to by what it parses: where that is one of them, the guess was wrong, and
// the unit is parsed once more, with all bodies.

#include "payload-builder/changes/facts_reader.h"

#include <clang/AST/ASTConsumer.h>
#include <clang/AST/ASTContext.h>
#include <clang/AST/Decl.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendAction.h>
#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringSet.h>
#include <memory>
#include <utility>

namespace suture::builder {
namespace {

/// What a parse is told, and what comes of it.
struct Parse {
  const UnitState &unit;
  /// Functions of headers that need no body.
  const FunctionNames &unused;
  UnitFacts facts = {};
  /// Some of them are used: the parse is void.
  bool usesUnused = false;
};

class FactsConsumer final : public clang::ASTConsumer {
public:
  explicit FactsConsumer(Parse &parse) : parse_(parse) {}

  /// For the preprocessor to fill in while it runs.
  llvm::StringSet<> &foreignNames() { return foreignNames_; }

  bool shouldSkipFunctionBody(clang::Decl *decl) override {
    const auto *function = llvm::dyn_cast<clang::FunctionDecl>(decl);
    if (!function || function->getStorageClass() != clang::SC_Static ||
        !function->getIdentifier() || !parse_.unused.contains(function->getName()))
      return false;
    skipped_.push_back(function);
    return true;
  }

  void HandleTranslationUnit(clang::ASTContext &context) override {
    // After an error the AST has holes; the error is what counts.
    if (context.getDiagnostics().hasErrorOccurred())
      return;
    parse_.usesUnused = llvm::any_of(skipped_, [&](const clang::FunctionDecl *function) {
      return function->isReferenced() || context.DeclMustBeEmitted(function) ||
             foreignNames_.contains(function->getName());
    });
    if (!parse_.usesUnused)
      readFacts(context, parse_.unit, foreignNames_, parse_.facts);
  }

private:
  Parse &parse_;
  llvm::StringSet<> foreignNames_;
  std::vector<const clang::FunctionDecl *> skipped_;
};

class FactsAction final : public clang::ASTFrontendAction {
public:
  explicit FactsAction(Parse &parse) : parse_(parse) {}

protected:
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance &instance,
                                                        llvm::StringRef) override {
    auto consumer = std::make_unique<FactsConsumer>(parse_);
    // Those that the consumer says.
    instance.getFrontendOpts().SkipFunctionBodies = true;
    watchSettings(instance.getPreprocessor(), parse_.unit, parse_.facts.settings,
                  consumer->foreignNames());
    return consumer;
  }

private:
  Parse &parse_;
};

} // namespace

llvm::Expected<UnitFacts> readUnitFacts(FrontEnd &run, const UnitState &unit,
                                        UnusedFunctions *functions) {
  const auto read = [&](const FunctionNames &unused) -> llvm::Expected<Parse> {
    Parse parse{.unit = unit, .unused = unused};
    if (auto failed = run.run(std::make_unique<FactsAction>(parse)))
      return failed;
    return parse;
  };
  const FunctionNames unused = functions ? functions->in(unit) : FunctionNames();
  auto parse = read(unused);
  if (parse && parse->usesUnused)
    parse = read({});
  if (!parse)
    return parse.takeError();
  return std::move(parse->facts);
}

llvm::Expected<UnitFacts> readUnitFacts(const UnitState &unit, UnusedFunctions *functions) {
  auto run = FrontEnd::create(unit);
  if (!run)
    return run.takeError();
  return readUnitFacts(*run, unit, functions);
}

} // namespace suture::builder

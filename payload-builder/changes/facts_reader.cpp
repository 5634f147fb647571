// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/facts_reader.h"

// A unit of a hypervisor sees thousands of inline functions and types in its headers and uses few
// of them. The walk starts at what the object must have (external definitions, `used` ones) and
// follows references, so that neither fingerprints nor comparisons are spent on the rest, and a
// change to an inline function that a unit does not call is no change to the unit.
//
// In C++ a reference is not always written down (destructors, vtables): there, whatever the parser
// has marked as used is a starting point too. So is what lines name that Clang skips and the
// target's compiler may read.

#include "payload-builder/changes/foreign_references.h"
#include "payload-builder/changes/record_layout.h"

#include <clang/AST/Attr.h>
#include <clang/AST/DeclCXX.h>
#include <clang/AST/DeclTemplate.h>
#include <clang/AST/Mangle.h>
#include <clang/Basic/SourceManager.h>
#include <fmt/format.h>
#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/SetVector.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/xxhash.h>
#include <set>

namespace suture::builder {
namespace {

/// Assembly that puts nothing into the object: it gives the assembler names and macros.
bool onlyDefines(llvm::StringRef assembly) {
  llvm::SmallVector<llvm::StringRef, 4> statements;
  llvm::SplitString(assembly, statements, ";\n");
  return llvm::all_of(statements, [](llvm::StringRef statement) {
    llvm::StringRef text = statement.trim();
    return text.empty() || text.starts_with(".equ") || text.starts_with(".set ") ||
           text.starts_with(".include ");
  });
}

class FactsReader final {
public:
  FactsReader(clang::ASTContext &context, const UnitState &unit,
              const llvm::StringSet<> &foreignNames, UnitFacts &facts)
      : context_(context), unit_(unit), foreignNames_(foreignNames), facts_(facts), names_(context),
        mangler_(context), addresses_(context, [this](const clang::ValueDecl &decl) {
          return inChangedFile(place(decl.getLocation()));
        }) {}

  void read() {
    findRoots(*context_.getTranslationUnitDecl());
    for (size_t i = 0; i < work_.size(); ++i)
      readSymbol(*work_[i]);
    for (const clang::RecordDecl *record : records_)
      readRecord(*record);
    std::ranges::move(
        foreignReferences(context_, foreignNames_, names_,
                          [this](clang::SourceLocation location) { return place(location); }),
        std::back_inserter(facts_.settings));
  }

private:
  void findRoots(const clang::DeclContext &scope);
  void findRoot(const clang::Decl &decl);
  void findRootsOfTemplate(const clang::Decl &decl);
  void rootIfNeeded(const clang::ValueDecl &decl);

  void readSymbol(const clang::ValueDecl &decl);
  void readFunction(const clang::FunctionDecl &function);
  void readVariable(const clang::VarDecl &variable);
  void readRecord(const clang::RecordDecl &record);
  void readEnum(const clang::EnumDecl &type);

  /// Takes what was referred to into the walk; the records by name.
  std::vector<std::string> follow(const References &references);
  std::string functionName(const clang::FunctionDecl &function);
  std::vector<std::string> linkageNames(const clang::FunctionDecl &function);
  std::string linkageName(const clang::VarDecl &variable);
  SourceLocation place(clang::SourceLocation location);
  unsigned lastLine(const clang::Decl &decl) const {
    return context_.getSourceManager().getExpansionLineNumber(decl.getEndLoc());
  }
  bool inChangedFile(const SourceLocation &location) const {
    if (unit_.changedFiles)
      return std::ranges::binary_search(*unit_.changedFiles, location.file);
    auto found = unit_.tree.files.find(location.file);
    return found != unit_.tree.files.end() && found->second.changedByThisDiff();
  }
  std::string symbolOf(const clang::ValueDecl &decl);
  std::vector<std::string> constantsOf(const References &references);
  std::vector<std::string> calleesOf(const References &references);
  std::vector<EnumeratorFacts> enumeratorsOf(const References &references);
  std::vector<AddressUse> addressUses(const clang::FunctionDecl &function,
                                      const References &references);

  clang::ASTContext &context_;
  const UnitState &unit_;
  const llvm::StringSet<> &foreignNames_;
  UnitFacts &facts_;
  Fingerprinter names_;
  clang::ASTNameGenerator mangler_;
  AddressUseReader addresses_;
  llvm::SetVector<const clang::ValueDecl *> work_;
  llvm::SetVector<const clang::RecordDecl *> records_;
  std::map<unsigned, std::string> files_;
};

SourceLocation FactsReader::place(clang::SourceLocation location) {
  const clang::SourceManager &sources = context_.getSourceManager();
  if (location.isInvalid())
    return {};
  auto [file, offset] = sources.getDecomposedExpansionLoc(location);
  auto [entry, isNew] = files_.try_emplace(file.getHashValue());
  if (isNew)
    entry->second = locationOf(sources, location, unit_.tree.root).file;
  return {entry->second, sources.getLineNumber(file, offset),
          sources.getColumnNumber(file, offset)};
}

void FactsReader::rootIfNeeded(const clang::ValueDecl &decl) {
  bool needed = context_.DeclMustBeEmitted(&decl);
  if (context_.getLangOpts().CPlusPlus)
    needed |= decl.isUsed(/*CheckUsedAttr=*/false);
  if (const clang::IdentifierInfo *name = decl.getIdentifier())
    needed |= foreignNames_.contains(name->getName());
  if (needed)
    work_.insert(&decl);
}

void FactsReader::findRoots(const clang::DeclContext &scope) {
  for (const clang::Decl *decl : scope.decls())
    findRoot(*decl);
}

void FactsReader::findRootsOfTemplate(const clang::Decl &decl) {
  if (const auto *functions = llvm::dyn_cast<clang::FunctionTemplateDecl>(&decl)) {
    for (const clang::FunctionDecl *function : functions->specializations())
      findRoot(*function);
  } else if (const auto *classes = llvm::dyn_cast<clang::ClassTemplateDecl>(&decl)) {
    for (const clang::ClassTemplateSpecializationDecl *record : classes->specializations())
      findRoot(*record);
  } else if (const auto *variables = llvm::dyn_cast<clang::VarTemplateDecl>(&decl)) {
    for (const clang::VarTemplateSpecializationDecl *variable : variables->specializations())
      findRoot(*variable);
  }
}

void FactsReader::findRoot(const clang::Decl &decl) {
  if (decl.isInvalidDecl())
    return;
  if (llvm::isa<clang::RedeclarableTemplateDecl>(decl)) {
    // Every declaration of a template lists the same specializations.
    if (decl.isCanonicalDecl())
      findRootsOfTemplate(decl);
    return;
  }
  if (const auto *function = llvm::dyn_cast<clang::FunctionDecl>(&decl)) {
    const clang::FunctionDecl *definition = nullptr;
    if (!function->isDependentContext() && function->hasBody(definition))
      rootIfNeeded(*definition);
    // Another name for a function has a symbol and no body.
    if (const auto *alias = function->getAttr<clang::AliasAttr>())
      facts_.fileAssembly.emplace_back(
          llvm::xxh3_64bits(function->getNameAsString() + "=" + alias->getAliasee().str()),
          place(function->getLocation()));
    return;
  }
  if (const auto *variable = llvm::dyn_cast<clang::VarDecl>(&decl)) {
    if (variable->hasGlobalStorage() && !variable->getDeclContext()->isDependentContext())
      rootIfNeeded(*variable);
    return;
  }
  if (const auto *type = llvm::dyn_cast<clang::EnumDecl>(&decl))
    return readEnum(*type);
  if (const auto *assembly = llvm::dyn_cast<clang::FileScopeAsmDecl>(&decl)) {
    llvm::StringRef text = assembly->getAsmString()->getBytes();
    if (onlyDefines(text))
      facts_.settings.push_back({"assembly " + text.trim().str(), place(assembly->getAsmLoc())});
    else
      facts_.fileAssembly.emplace_back(llvm::xxh3_64bits(text), place(assembly->getAsmLoc()));
    return;
  }
  if (const auto *record = llvm::dyn_cast<clang::RecordDecl>(&decl)) {
    if (record->isDependentType() || !record->isThisDeclarationADefinition())
      return;
    if (inChangedFile(place(record->getLocation())))
      records_.insert(record);
    return findRoots(*record);
  }
  if (llvm::isa<clang::NamespaceDecl, clang::LinkageSpecDecl, clang::ExportDecl>(decl))
    findRoots(*llvm::cast<clang::DeclContext>(&decl));
}

void FactsReader::readSymbol(const clang::ValueDecl &decl) {
  if (const auto *function = llvm::dyn_cast<clang::FunctionDecl>(&decl))
    readFunction(*function);
  else if (const auto *variable = llvm::dyn_cast<clang::VarDecl>(&decl))
    readVariable(*variable);
}

std::vector<std::string> FactsReader::follow(const References &references) {
  for (const clang::ValueDecl *symbol : references.symbols) {
    if (const auto *function = llvm::dyn_cast<clang::FunctionDecl>(symbol)) {
      const clang::FunctionDecl *definition = nullptr;
      if (function->hasBody(definition) && !definition->isDependentContext())
        work_.insert(definition);
    } else if (const auto *variable = llvm::dyn_cast<clang::VarDecl>(symbol)) {
      work_.insert(variable);
    }
  }
  std::vector<std::string> records;
  for (const clang::RecordDecl *record : references.records) {
    if (!record || !record->isCompleteDefinition())
      continue;
    records_.insert(record);
    records.push_back(names_.typeName(context_.getRecordType(record)));
  }
  std::ranges::sort(records);
  records.erase(std::ranges::unique(records).begin(), records.end());
  return records;
}

std::string FactsReader::functionName(const clang::FunctionDecl &function) {
  std::string name;
  llvm::raw_string_ostream stream(name);
  function.getNameForDiagnostic(stream, context_.getPrintingPolicy(), /*Qualified=*/true);
  return name;
}

std::vector<std::string> FactsReader::linkageNames(const clang::FunctionDecl &function) {
  if (llvm::isa<clang::CXXConstructorDecl, clang::CXXDestructorDecl>(function))
    return mangler_.getAllManglings(&function);
  return {mangler_.getName(&function)};
}

std::string FactsReader::linkageName(const clang::VarDecl &variable) {
  if (variable.isStaticLocal() && !context_.getLangOpts().CPlusPlus)
    if (const auto *function =
            llvm::dyn_cast<clang::FunctionDecl>(variable.getParentFunctionOrMethod()))
      return fmt::format("{}.{}", function->getNameAsString(), variable.getNameAsString());
  return mangler_.getName(&variable);
}

std::string FactsReader::symbolOf(const clang::ValueDecl &decl) {
  if (const auto *function = llvm::dyn_cast<clang::FunctionDecl>(&decl))
    return linkageNames(*function).front();
  return linkageName(*llvm::cast<clang::VarDecl>(&decl));
}

std::vector<std::string> FactsReader::constantsOf(const References &references) {
  std::vector<std::string> names;
  for (const clang::ValueDecl *symbol : references.symbols)
    if (const auto *variable = llvm::dyn_cast<clang::VarDecl>(symbol);
        variable && variable->getType().isConstant(context_))
      names.push_back(linkageName(*variable));
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

std::vector<std::string> FactsReader::calleesOf(const References &references) {
  std::set<std::string> names;
  for (const clang::ValueDecl *symbol : references.symbols)
    if (const auto *function = llvm::dyn_cast<clang::FunctionDecl>(symbol);
        function && function->hasBody() && !function->isDependentContext())
      if (auto symbols = linkageNames(*function); !symbols.empty())
        names.insert(std::move(symbols.front()));
  return {names.begin(), names.end()};
}

std::vector<EnumeratorFacts> FactsReader::enumeratorsOf(const References &references) {
  std::vector<EnumeratorFacts> result;
  for (const clang::EnumConstantDecl *enumerator : references.enumerators)
    if (SourceLocation location = place(enumerator->getLocation()); inChangedFile(location))
      result.push_back({enumerator->getNameAsString(), llvm::toString(enumerator->getInitVal(), 10),
                        std::move(location)});
  std::ranges::sort(result, {}, &EnumeratorFacts::name);
  return result;
}

/// What is new is declared, and strings are new where their function is, in a file that the diff
/// changes: few functions are looked at.
std::vector<AddressUse> FactsReader::addressUses(const clang::FunctionDecl &function,
                                                 const References &references) {
  std::vector<AddressUse> uses;
  auto inChanged = [&](const clang::ValueDecl *decl) {
    return inChangedFile(place(decl->getLocation()));
  };
  if (unit_.state == TreeState::Base ||
      (!inChanged(&function) && llvm::none_of(references.symbols, inChanged)))
    return uses;
  for (const RawAddressUse &use : addresses_.read(function))
    uses.push_back({use.sink, use.subject ? symbolOf(*use.subject) : "",
                    use.subject ? use.subject->getQualifiedNameAsString() : "", place(use.place),
                    use.where, use.into ? linkageName(*use.into) : ""});
  return uses;
}

void FactsReader::readFunction(const clang::FunctionDecl &function) {
  std::vector<std::string> symbols = linkageNames(function);
  if (symbols.empty())
    return;
  auto [entry, isNew] = facts_.functions.try_emplace(symbols.front());
  if (!isNew)
    return;
  References references;
  FunctionFacts &facts = entry->second;
  facts.name = functionName(function);
  facts.linkageNames = std::move(symbols);
  facts.location = place(function.getLocation());
  facts.lastLine = lastLine(function);
  facts.signature = names_.signature(function);
  facts.type = names_.typeName(function.getType());
  facts.body = names_.body(function, references);
  if (const auto *method = llvm::dyn_cast<clang::CXXMethodDecl>(&function);
      method && method->getParent()->isLambda()) {
    const clang::CXXMethodDecl *callOperator = method->getParent()->getLambdaCallOperator();
    facts.isLambda = callOperator->getCanonicalDecl() == method->getCanonicalDecl();
    if (method->isLambdaStaticInvoker())
      facts.invokes = linkageNames(*callOperator).front();
  }
  facts.constants = constantsOf(references);
  facts.callees = calleesOf(references);
  facts.enumerators = enumeratorsOf(references);
  facts.addressUses = addressUses(function, references);
  facts.records = follow(references);
}

void FactsReader::readVariable(const clang::VarDecl &declared) {
  // Several declarations may stand for one object: the one with the initializer counts.
  const clang::VarDecl *definition = declared.getDefinition();
  if (!definition)
    definition = declared.getActingDefinition();
  if (!definition || definition->isThisDeclarationADefinition() == clang::VarDecl::DeclarationOnly)
    return;
  const clang::VarDecl &variable = *definition;
  std::string symbol = linkageName(variable);
  // Two static locals of one name in one function are told apart by order.
  if (variable.isStaticLocal())
    for (unsigned number = 2; facts_.variables.contains(symbol); ++number)
      symbol = fmt::format("{}#{}", linkageName(variable), number);
  auto [entry, isNew] = facts_.variables.try_emplace(symbol);
  if (!isNew)
    return;
  References references;
  VariableFacts &facts = entry->second;
  facts.linkageName = linkageName(variable);
  facts.name = variable.getQualifiedNameAsString();
  if (variable.isStaticLocal())
    if (const auto *function =
            llvm::dyn_cast<clang::FunctionDecl>(variable.getParentFunctionOrMethod()))
      facts.name = fmt::format("{}::{}", functionName(*function), variable.getNameAsString());
  facts.location = place(variable.getLocation());
  facts.lastLine = lastLine(variable);
  facts.constant = variable.getType().isConstant(context_);
  facts.dynamicInitializer = variable.hasInit() && context_.getLangOpts().CPlusPlus &&
                             !variable.hasConstantInitialization();
  if (const auto *section = variable.getAttr<clang::SectionAttr>())
    facts.section = section->getName().str();
  facts.type = names_.type(variable);
  facts.typeName = names_.typeName(variable.getType());
  facts.hasInitializer = variable.hasInit();
  facts.initializer = names_.initializer(variable, references);
  if (const auto *record = variable.getType()->getBaseElementTypeUnsafe()->getAsRecordDecl())
    references.records.insert(record->getDefinition());
  facts.records = follow(references);
}

void FactsReader::readRecord(const clang::RecordDecl &record) {
  if (record.isInvalidDecl() || record.isDependentType() || record.isLambda())
    return;
  std::string name = names_.typeName(context_.getRecordType(&record));
  auto [entry, isNew] = facts_.records.try_emplace(name);
  // Unnamed records share a name; the records and functions around them tell them apart.
  if (!isNew || (!record.getIdentifier() && !record.getTypedefNameForAnonDecl()))
    return;
  entry->second = layoutOf(record, names_);
  entry->second.location = place(record.getLocation());
}

void FactsReader::readEnum(const clang::EnumDecl &type) {
  if (!type.isThisDeclarationADefinition() || type.isDependentType())
    return;
  SourceLocation location = place(type.getLocation());
  if (!inChangedFile(location))
    return;
  EnumFacts &facts = facts_.enums[names_.typeName(context_.getEnumType(&type))];
  if (facts.location.file.empty())
    facts.location = location;
  for (const clang::EnumConstantDecl *enumerator : type.enumerators())
    facts.enumerators[enumerator->getNameAsString()] = llvm::toString(enumerator->getInitVal(), 10);
}

} // namespace

void readFacts(clang::ASTContext &context, const UnitState &unit,
               const llvm::StringSet<> &foreignNames, UnitFacts &facts) {
  FactsReader(context, unit, foreignNames, facts).read();
}

} // namespace suture::builder

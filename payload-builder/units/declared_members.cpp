// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/declared_members.h"

#include "payload-builder/units/front_end.h"

#include <algorithm>
#include <clang/AST/ASTContext.h>
#include <clang/AST/Attr.h>
#include <clang/AST/Decl.h>
#include <clang/AST/Expr.h>
#include <clang/AST/RecordLayout.h>
#include <clang/AST/TypeLoc.h>
#include <clang/Basic/SourceManager.h>
#include <fmt/format.h>
#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/raw_ostream.h>

namespace suture::builder {

const std::string &DeclaredPlaces::fileOf(clang::SourceLocation place) {
  place = sources_.getExpansionLoc(place);
  auto [entry, isNew] = files_.try_emplace(sources_.getFileID(place).getHashValue());
  if (isNew)
    entry->second = locationOf(sources_, place, root_).file;
  return entry->second;
}

unsigned DeclaredPlaces::line(clang::SourceLocation place) const {
  return sources_.getExpansionLineNumber(place);
}

unsigned DeclaredPlaces::lastLine(clang::SourceLocation end) const {
  return sources_.getSpellingLineNumber(sources_.getExpansionRange(end).getEnd());
}

bool DeclaredPlaces::isPasted(clang::SourceLocation place) const {
  return place.isMacroID() && sources_.isWrittenInScratchSpace(sources_.getSpellingLoc(place));
}

namespace {

/// Numbers, and enumerators of the same list.
bool isPlainValue(const clang::Stmt &value, const clang::EnumDecl &list) {
  if (const auto *name = llvm::dyn_cast<clang::DeclRefExpr>(&value))
    return llvm::isa<clang::EnumConstantDecl>(name->getDecl()) &&
           name->getDecl()->getDeclContext() == &list;
  if (!llvm::isa<clang::IntegerLiteral, clang::CharacterLiteral, clang::BinaryOperator,
                 clang::UnaryOperator, clang::ParenExpr, clang::ImplicitCastExpr,
                 clang::ConstantExpr, clang::ConditionalOperator>(value))
    return false;
  return std::ranges::all_of(value.children(), [&](const clang::Stmt *child) {
    return child && isPlainValue(*child, list);
  });
}

bool hasMacros(const clang::Stmt &value) {
  return value.getBeginLoc().isMacroID() || value.getEndLoc().isMacroID() ||
         std::ranges::any_of(value.children(),
                             [](const clang::Stmt *child) { return child && hasMacros(*child); });
}

} // namespace

Enumeration describeEnumeration(const clang::EnumDecl &decl, DeclaredPlaces &places) {
  const clang::SourceRange braces = decl.getBraceRange();
  Enumeration list;
  list.file = places.fileOf(braces.getBegin());
  list.first = places.line(braces.getBegin());
  list.last = places.line(braces.getEnd());
  list.tag = decl.getName().str();
  list.integerType = decl.getIntegerType().getCanonicalType().getAsString() + " " +
                     decl.getPromotionType().getCanonicalType().getAsString();
  // `#pragma GCC visibility` gives each one.
  list.isPlain = std::ranges::all_of(decl.attrs(),
                                     [](const clang::Attr *attribute) {
                                       return llvm::isa<clang::VisibilityAttr>(attribute);
                                     }) &&
                 places.fileOf(braces.getEnd()) == list.file;
  list.isMade = braces.getBegin().isMacroID() || braces.getEnd().isMacroID();
  for (const clang::EnumConstantDecl *enumerator : decl.enumerators()) {
    MemberExtent member;
    member.file = places.fileOf(enumerator->getBeginLoc());
    member.name = enumerator->getName().str();
    member.first = places.line(enumerator->getBeginLoc());
    member.last = places.lastLine(enumerator->getEndLoc());
    member.value = llvm::toString(enumerator->getInitVal(), 10) + " " +
                   enumerator->getType().getCanonicalType().getAsString();
    const clang::Expr *value = enumerator->getInitExpr();
    list.isPlain &=
        !enumerator->hasAttrs() && (!value || isPlainValue(*value, decl)) &&
        places.fileOf(enumerator->getEndLoc()) == member.file &&
        (member.file != list.file || (list.first < member.first && member.last < list.last));
    list.isMade |= enumerator->getLocation().isMacroID() || (value && hasMacros(*value));
    list.enumerators.push_back(std::move(member));
  }
  return list;
}

namespace {

class RecordReader final {
public:
  RecordReader(const clang::ASTContext &context, DeclaredPlaces &places, RecordParts &result)
      : context_(context), policy_(context.getPrintingPolicy()), places_(places), result_(result) {
    policy_.AnonymousTagLocations = false; // The lines of one change with what stands before it.
  }

  std::string shapeOf(const clang::RecordDecl &record) const {
    const clang::ASTRecordLayout &layout = context_.getASTRecordLayout(&record);
    return fmt::format("{} of {} aligned {}", record.getKindName().str(),
                       layout.getSize().getQuantity(), layout.getAlignment().getQuantity());
  }

  void read(const clang::RecordDecl &record) {
    for (const clang::Decl *member : record.decls()) {
      if (member->isImplicit() && !llvm::isa<clang::FieldDecl>(member))
        continue;
      if (const auto *field = llvm::dyn_cast<clang::FieldDecl>(member))
        readField(*field, record);
      else if (const auto *inner = llvm::dyn_cast<clang::RecordDecl>(member);
               inner && inner->isThisDeclarationADefinition())
        readInner(*inner);
      else
        add(member->getBeginLoc(), member->getEndLoc(), textOf(*member));
    }
  }

private:
  void add(clang::SourceLocation begin, clang::SourceLocation end, std::string shape) {
    result_.parts.push_back({.first = places_.line(begin),
                             .last = places_.lastLine(end),
                             .name = {},
                             .shape = std::move(shape)});
  }

  /// Enumerations, assertions: with all that macros put there.
  std::string textOf(const clang::Decl &member) const {
    std::string text;
    llvm::raw_string_ostream stream(text);
    member.print(stream, policy_);
    return text;
  }

  void readInner(const clang::RecordDecl &inner) {
    add(inner.getBeginLoc(), inner.getBraceRange().getBegin(),
        shapeOf(inner) + " " + inner.getName().str());
    read(inner);
    add(inner.getBraceRange().getEnd(), inner.getEndLoc(), "end");
  }

  void readField(const clang::FieldDecl &field, const clang::RecordDecl &record) {
    const clang::QualType type = field.getType();
    std::string shape =
        fmt::format("at {} size {} ",
                    context_.getASTRecordLayout(&record).getFieldOffset(field.getFieldIndex()),
                    type->isIncompleteType() ? 0 : context_.getTypeSizeInChars(type).getQuantity());
    if (field.isBitField())
      shape += fmt::format("bits {} ", field.getBitWidthValue(context_));
    // Of a type that is defined with it, the parts are listed.
    const clang::TagDecl *own = type->getBaseElementTypeUnsafe()->getAsTagDecl();
    if (own && own->getLexicalDeclContext() == &record && own->isThisDeclarationADefinition() &&
        (own->isEmbeddedInDeclarator() || !field.getIdentifier())) {
      add(own->getBraceRange().getEnd(), field.getEndLoc(), field.getName().str() + " " + shape);
      return;
    }
    const bool isPointer = isPlainPointer(field);
    shape += isPointer ? "* " + type.getLocalQualifiers().getAsString()
                       : type.getCanonicalType().getAsString(policy_);
    for (const clang::Attr *attribute : field.attrs())
      shape += fmt::format(" {}", attribute->getSpelling());
    add(field.getBeginLoc(), field.getEndLoc(), std::move(shape));
    result_.parts.back().name = field.getName().str();
    result_.parts.back().isPointer = isPointer;
    result_.parts.back().isSharedBits = field.isBitField() && sharesItsBits(record);
  }

  /// Whether the record has nothing but bit-fields, and is in a union that begins with an integer
  /// of the union's size. Then the bits are nobody's padding, named or not: copies take them along,
  /// and so does a call; and no initializer reaches them by their place alone.
  bool sharesItsBits(const clang::RecordDecl &record) const {
    const auto *around = llvm::dyn_cast<clang::RecordDecl>(record.getDeclContext());
    if (!record.isStruct() || !record.isAnonymousStructOrUnion() || !around || !around->isUnion() ||
        !llvm::all_of(record.fields(),
                      [](const clang::FieldDecl *field) { return field->isBitField(); }))
      return false;
    const clang::FieldDecl &all = **around->field_begin();
    return !all.isBitField() && all.getIdentifier() && all.getType()->isIntegerType() &&
           context_.getTypeSize(all.getType()) ==
               static_cast<uint64_t>(
                   context_.toBits(context_.getASTRecordLayout(around).getSize()));
  }

  /// Its `*` is in the text: no macro or other type's name may make it something else elsewhere.
  static bool isPlainPointer(const clang::FieldDecl &field) {
    if (!field.getIdentifier() || field.getLocation().isMacroID() || field.hasAttrs() ||
        field.isBitField() || !field.getTypeSourceInfo())
      return false;
    const auto pointer =
        field.getTypeSourceInfo()->getTypeLoc().getUnqualifiedLoc().getAs<clang::PointerTypeLoc>();
    return pointer && pointer.getStarLoc().isValid() && !pointer.getStarLoc().isMacroID() &&
           !field.getType()->getPointeeType().hasAddressSpace();
  }

  const clang::ASTContext &context_;
  clang::PrintingPolicy policy_;
  DeclaredPlaces &places_;
  RecordParts &result_;
};

} // namespace

RecordParts describeRecord(const clang::RecordDecl &decl, DeclaredPlaces &places) {
  RecordParts result;
  result.file = places.fileOf(decl.getBraceRange().getBegin());
  result.first = places.line(decl.getBraceRange().getBegin());
  result.last = places.line(decl.getBraceRange().getEnd());
  result.tag = decl.getName().str();
  if (decl.isInvalidDecl())
    return result;
  RecordReader reader(decl.getASTContext(), places, result);
  result.shape = reader.shapeOf(decl);
  reader.read(decl);
  return result;
}

std::optional<MemberExtent> assemblerSymbol(const clang::FileScopeAsmDecl &assembly,
                                            DeclaredPlaces &places) {
  llvm::StringRef text = assembly.getAsmString()->getString().trim();
  if (!(text.consume_front(".equ ") || text.consume_front(".set ")) ||
      text.find_first_of(";\n\\") != llvm::StringRef::npos)
    return std::nullopt;
  const auto [name, value] = text.split(',');
  if (value.empty() || name.trim().empty() ||
      !llvm::all_of(name.trim(), [](char c) { return llvm::isAlnum(c) || c == '_'; }))
    return std::nullopt;
  return MemberExtent{places.fileOf(assembly.getBeginLoc()), name.trim().str(),
                      places.line(assembly.getBeginLoc()), places.lastLine(assembly.getEndLoc()),
                      value.str()};
}

} // namespace suture::builder

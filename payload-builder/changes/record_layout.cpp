// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/record_layout.h"

#include <clang/AST/DeclCXX.h>
#include <clang/AST/RecordLayout.h>
#include <clang/AST/VTableBuilder.h>
#include <fmt/format.h>

namespace suture::builder {
namespace {

class LayoutReader final {
public:
  LayoutReader(clang::ASTContext &context, Fingerprinter &names, RecordFacts &facts)
      : context_(context), names_(names), facts_(facts) {}

  void readFields(const clang::RecordDecl &record, uint64_t bitsBefore);
  void readBases(const clang::CXXRecordDecl &record);
  void readVtable(const clang::CXXRecordDecl &record);

private:
  std::string describe(const clang::VTableComponent &component);

  clang::ASTContext &context_;
  Fingerprinter &names_;
  RecordFacts &facts_;
};

void LayoutReader::readFields(const clang::RecordDecl &record, uint64_t bitsBefore) {
  const clang::ASTRecordLayout &layout = context_.getASTRecordLayout(&record);
  for (const clang::FieldDecl *field : record.fields()) {
    uint64_t offset = bitsBefore + layout.getFieldOffset(field->getFieldIndex());
    if (field->isAnonymousStructOrUnion()) {
      readFields(*field->getType()->getAsRecordDecl()->getDefinition(), offset);
      continue;
    }
    uint64_t size = field->isBitField()                    ? field->getBitWidthValue(context_)
                    : field->getType()->isIncompleteType() ? 0
                                                           : context_.getTypeSize(field->getType());
    facts_.fields.push_back(
        {field->getNameAsString(), names_.typeName(field->getType()), offset, size});
  }
}

void LayoutReader::readBases(const clang::CXXRecordDecl &record) {
  const clang::ASTRecordLayout &layout = context_.getASTRecordLayout(&record);
  if (layout.hasOwnVFPtr())
    facts_.fields.push_back({"(vtable pointer)", "", 0, context_.getTypeSize(context_.VoidPtrTy)});
  for (const clang::CXXBaseSpecifier &base : record.bases()) {
    const clang::CXXRecordDecl *type = base.getType()->getAsCXXRecordDecl();
    clang::CharUnits offset =
        base.isVirtual() ? layout.getVBaseClassOffset(type) : layout.getBaseClassOffset(type);
    facts_.fields.push_back({"(base)", names_.typeName(base.getType()),
                             static_cast<uint64_t>(context_.toBits(offset)),
                             context_.getTypeSize(base.getType())});
  }
}

std::string LayoutReader::describe(const clang::VTableComponent &component) {
  auto function = [&](const clang::FunctionDecl *decl, llvm::StringRef note = "") {
    return fmt::format("{}: {}{}", decl->getQualifiedNameAsString(),
                       names_.typeName(decl->getType()), note.str());
  };
  switch (component.getKind()) {
  case clang::VTableComponent::CK_VCallOffset:
    return fmt::format("vcall offset {}", component.getVCallOffset().getQuantity());
  case clang::VTableComponent::CK_VBaseOffset:
    return fmt::format("vbase offset {}", component.getVBaseOffset().getQuantity());
  case clang::VTableComponent::CK_OffsetToTop:
    return fmt::format("offset to top {}", component.getOffsetToTop().getQuantity());
  case clang::VTableComponent::CK_RTTI:
    return "type information of " + component.getRTTIDecl()->getQualifiedNameAsString();
  case clang::VTableComponent::CK_FunctionPointer:
  case clang::VTableComponent::CK_UnusedFunctionPointer:
    return function(component.getFunctionDecl(),
                    component.getFunctionDecl()->isPureVirtual() ? " (pure)" : "");
  case clang::VTableComponent::CK_CompleteDtorPointer:
    return function(component.getDestructorDecl(), " (complete)");
  case clang::VTableComponent::CK_DeletingDtorPointer:
    return function(component.getDestructorDecl(), " (deleting)");
  }
  return {};
}

void LayoutReader::readVtable(const clang::CXXRecordDecl &record) {
  auto *tables = llvm::dyn_cast<clang::ItaniumVTableContext>(context_.getVTableContext());
  if (!tables || !record.isDynamicClass())
    return;
  for (const clang::VTableComponent &component :
       tables->getVTableLayout(&record).vtable_components())
    facts_.vtable.push_back(describe(component));
}

} // namespace

RecordFacts layoutOf(const clang::RecordDecl &record, Fingerprinter &names) {
  RecordFacts facts;
  clang::ASTContext &context = record.getASTContext();
  const clang::ASTRecordLayout &layout = context.getASTRecordLayout(&record);
  facts.size = static_cast<uint64_t>(layout.getSize().getQuantity());
  facts.alignment = static_cast<uint64_t>(layout.getAlignment().getQuantity());
  LayoutReader reader(context, names, facts);
  if (const auto *cxx = llvm::dyn_cast<clang::CXXRecordDecl>(&record)) {
    reader.readBases(*cxx);
    reader.readVtable(*cxx);
  }
  reader.readFields(record, 0);
  return facts;
}

} // namespace suture::builder

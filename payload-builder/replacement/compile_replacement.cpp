// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/replacement/compile_replacement.h"

#include "payload-builder/objects/compile_unit.h"
#include "payload-builder/replacement/public_header.h"
#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <filesystem>

namespace suture::builder {

namespace {

/// Code that runs in a hypervisor, with the relocations that loaders know, and that touches no
/// vector register: its callers may have live values there.
constexpr const char *payloadFlags[] = {"-O2",
                                        "-ffreestanding",
                                        "-fPIE",
                                        "-fvisibility=hidden",
                                        "-fno-strict-aliasing",
                                        "-fno-common",
                                        "-fno-jump-tables",
                                        "-fno-stack-protector",
                                        "-fno-asynchronous-unwind-tables",
                                        "-fno-exceptions",
                                        "-fomit-frame-pointer",
                                        "-fcf-protection=branch",
                                        "-mno-red-zone",
                                        "-mgeneral-regs-only"};

llvm::Expected<UnitObjects> compileOne(const CompileReplacementRequest &request,
                                       const std::string &source, const std::string &folder) {
  UnitChanges changes;
  changes.unit.source = source;
  CompileCommand &command = changes.unit.command;
  std::error_code error;
  command.directory = std::filesystem::current_path(error).string();
  command.file = source;
  command.arguments = {request.compiler};
  command.arguments.insert(command.arguments.end(), std::begin(payloadFlags),
                           std::end(payloadFlags));
  command.arguments.push_back("-isystem" + folder);
  command.arguments.insert(command.arguments.end(), request.flags.begin(), request.flags.end());
  command.arguments.insert(command.arguments.end(), {"-c", source});
  auto object = compileUnit({.command = command,
                             .tree = nullptr,
                             .sections = CodeSections::Split,
                             .outputFolder = folder});
  if (!object)
    return object.takeError();
  // The base side is never looked at: nothing in it is the partner of anything.
  const auto bytes = object->file().bytes();
  auto copy = ElfFile::fromBytes(std::string(bytes.begin(), bytes.end()), source);
  if (!copy)
    return copy.takeError();
  auto base = ObjectModel::parse(std::move(*copy));
  if (!base)
    return base.takeError();
  Comparison comparison;
  comparison.baseOf.resize(object->pieces().size());
  comparison.patchedOf.resize(base->pieces().size());
  comparison.differs.resize(object->pieces().size(), false);
  return UnitObjects{.changes = std::move(changes),
                     .base = std::move(*base),
                     .patched = std::move(*object),
                     .comparison = std::move(comparison)};
}

} // namespace

llvm::Expected<ObjectsResult> compileReplacements(const CompileReplacementRequest &request) {
  auto folder = TempDir::create();
  if (!folder)
    return folder.takeError();
  std::error_code error;
  std::filesystem::create_directory(folder->path() + "/suture", error);
  if (error)
    return llvm::createFileError(folder->path(), error);
  if (llvm::Error failed = writeFile(folder->path() + "/suture/payload.h", publicHeader()))
    return failed;
  ObjectsResult result;
  for (const std::string &source : request.sources) {
    auto unit = compileOne(request, source, folder->path());
    if (!unit)
      return unit.takeError();
    result.units.push_back(std::move(*unit));
  }
  return result;
}

} // namespace suture::builder

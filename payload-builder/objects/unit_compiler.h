// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/compile_unit.h"
#include "payload-builder/objects/object_cache.h"
#include "payload-builder/objects/object_model.h"
#include "payload-builder/objects/unit_shadows.h"
#include "payload-builder/support/source_tree.h"
#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/unit.h"

#include <functional>
#include <llvm/Support/Error.h>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace suture::builder {

/// A unit's object in both states.
struct CompiledUnit {
  ObjectModel base, patched;
  /// The base is the object that the build left. It may have all functions in one section, and no
  /// debug information.
  bool isBuiltBase = false;
};

/// An assembly unit's object in both states, as the recorded command makes it.
struct AssembledUnit {
  ElfFile base, patched;
};

/// Compiles units in both states and keeps the objects until they are taken, so that compiling may
/// begin before it is known which units are needed.
class UnitCompiler final {
public:
  struct Request {
    /// Outlives the compiler.
    const SourceTree &tree;
    /// Texts to compile, by path: those of SourceTree::files, with line numbers neutralised.
    std::map<std::string, FileText> baseTexts, patchedTexts;
    /// Where the build left an object that was made with all the flags that are wanted, and that is
    /// newer than everything it was made from, take it for the base state.
    bool reuseBuild = true;
    /// Objects of earlier runs, for the base state; nullptr: none. Outlives the compiler.
    ObjectCache *cache = nullptr;
  };

  /// Errors: no space, or no permission, for the shadow trees.
  static llvm::Expected<UnitCompiler> create(Request request);
  UnitCompiler(UnitCompiler &&) = default;

  /// Of each unit, whether its patched state gives the very object that the build left: then its
  /// code is the same. False wherever that cannot be told; no errors. \param done  called as units
  /// are done, from any thread; may be empty.
  std::vector<char> givesBuiltObject(std::span<const Unit> units,
                                     const std::function<void()> &done = {}) const;

  /// The objects of assembly units, in their order. Errors: as compileUnit(), of all units.
  llvm::Expected<std::vector<AssembledUnit>> assemble(std::span<const Unit> units) const;

  /// Of units of another instruction set, whether both states give the same object, byte by byte.
  /// Errors: as compileUnit(), of all units.
  llvm::Expected<std::vector<char>> giveSameBytes(std::span<const Unit> units) const;

  /// A unit's base as the build made it: the object that it left where nothing speaks against that
  /// one, else one made with the same flags. Errors: as compileUnit(). Thread-safe.
  llvm::Expected<ElfFile> builtBase(const Unit &unit) const;

  /// A unit's base as the build made it: no flag is added. Errors: as compileUnit(). Thread-safe.
  llvm::Expected<ObjectModel> compileBaseAsRecorded(const Unit &unit) const;

  /// A unit's base with a section for each function and object, and with debug information,
  /// whatever the build left. Errors: as compileUnit(). Thread-safe.
  llvm::Expected<ObjectModel> compileBase(const Unit &unit) const;

  /// Both states so, with debug information that says where static locals are declared.
  /// Errors: as compileUnit(). Thread-safe.
  llvm::Expected<CompiledUnit> compileWithStaticLocals(const Unit &unit) const;

  /// Compiles units ahead; an error comes out when the unit is taken.
  void prepare(std::span<const Unit> units);
  /// The units' objects, in their order; compiled now where they are not yet. Each can be taken
  /// once. Errors: as compileUnit(), of all units.
  llvm::Expected<std::vector<CompiledUnit>> take(std::span<const Unit> units);

private:
  struct Slot {
    std::optional<ObjectModel> base, patched;
    bool isBuiltBase = false;
    /// Of the patched state, of the base.
    std::string errors[2];
  };

  explicit UnitCompiler(Request request) : request_(std::move(request)) {}
  bool givesBuiltObject(const Unit &unit) const;
  bool mayReadLowerChange(const Unit &unit) const;
  llvm::Expected<ElfFile> compileAsRecorded(const Unit &unit, TreeState state) const;
  std::optional<ObjectModel> takeBuiltBase(const Unit &unit) const;
  llvm::Expected<ObjectModel>
  compileState(const Unit &unit, TreeState state,
               DebugInformation debugInformation = DebugInformation::Inlining) const;

  Request request_;
  std::unique_ptr<UnitShadows> base_, patched_;
  std::optional<TempDir> outputs_;
  /// By source and output of the unit.
  std::map<std::pair<std::string, std::string>, Slot> slots_;
};

} // namespace suture::builder

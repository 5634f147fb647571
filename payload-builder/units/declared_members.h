// SPDX-License-Identifier: Apache-2.0
#pragma once
// Members of C's enumerations and records, in so far as a change to some leaves the others as they
// are.

#include <clang/Basic/SourceLocation.h>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace clang {
class Decl;
class EnumDecl;
class FileScopeAsmDecl;
class RecordDecl;
class SourceManager;
} // namespace clang

namespace suture::builder {

/// Where declarations stand: by the file's path in the tree, and where a macro is used rather than
/// in its definition.
class DeclaredPlaces final {
public:
  /// Both outlive it.
  DeclaredPlaces(const clang::SourceManager &sources, const std::string &root)
      : sources_(sources), root_(root) {}

  const std::string &fileOf(clang::SourceLocation place);
  unsigned line(clang::SourceLocation place) const;
  unsigned lastLine(clang::SourceLocation end) const;
  /// Whether a token is in no file: `##` made it.
  bool isPasted(clang::SourceLocation place) const;

private:
  const clang::SourceManager &sources_;
  const std::string &root_;
  std::map<unsigned, std::string> files_;
};

/// A name whose lines another file may be included for: an enumerator, a symbol that assembly
/// outside functions defines.
struct MemberExtent {
  std::string file, name;
  unsigned first = 0, last = 0;
  /// Of an enumerator: with its type.
  std::string value;
};

struct Enumeration {
  /// Of its brackets.
  std::string file;
  unsigned first = 0, last = 0;
  /// Its name, or "".
  std::string tag;
  /// That of its objects.
  std::string integerType;
  /// It says nothing but its enumerators' values, on lines of their own, in numbers and in terms of
  /// each other.
  bool isPlain = true;
  /// Macros have a part in it: in another unit it may be another one.
  bool isMade = false;
  std::vector<MemberExtent> enumerators;
};

/// \param decl  a definition.
Enumeration describeEnumeration(const clang::EnumDecl &decl, DeclaredPlaces &places);

/// A part of a record: a member, or what is around the members of a record in it.
struct RecordPart {
  unsigned first = 0, last = 0;
  std::string name;
  /// It is a pointer wherever the record's text is the same.
  bool isPointer = false;
  /// A bit-field whose bits an integer has, too: `union { int all; struct { bool a : 1; }; };`. Its
  /// name is all that it adds.
  bool isSharedBits = false;
  /// All that is said of it but its name and what the pointer points to: where it lies, its size
  /// and type.
  std::string shape;
};

struct RecordParts {
  /// Of its brackets.
  std::string file;
  unsigned first = 0, last = 0;
  std::string tag;
  /// Size and alignment.
  std::string shape;
  std::vector<RecordPart> parts;
};

/// \param decl  a definition in C.
RecordParts describeRecord(const clang::RecordDecl &decl, DeclaredPlaces &places);

/// `.equ NAME, value`; nullopt: it is anything else.
std::optional<MemberExtent> assemblerSymbol(const clang::FileScopeAsmDecl &assembly,
                                            DeclaredPlaces &places);

} // namespace suture::builder

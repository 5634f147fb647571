// SPDX-License-Identifier: Apache-2.0
#pragma once
// Test cases of the builder as one annotated file each: the target's source, its patched state, and
// what must come out.
//
//   //// compilers gcc clang         which build the target; by default both for C, clang for C++
//   //// flags -fcf-protection=branch  added to the target's flags
//   //// link --gc-sections          the same for the linker
//   //// make TARGET                `make TARGET` runs before the target is compiled, and leaves a
//                                   file that the build makes
//   //// base PATH                   the lines up to the next //// are that file in the target
//   //// built PATH                  the same as it was when the target was built, if that was not
//                                   the base
//   //// patched PATH                the same after the fix; a file without it stays as it is
//   //// removed PATH                the fix removes the file
//   //// expect OUTCOME              built, refused, nothing-to-patch
//   //// expect replaced NAME: WHY   how the reason begins; all replaced functions are listed
//   //// expect carries NAME         a chunk of the payload; `expect drops NAME`: there is none
//   //// expect needs NAME           bound to the target; `expect not-needs NAME`
//   //// expect refused CODE SUBJECT  one for each refusal
//   //// expect dismissed TEXT       a file or unit that is left out, and why: how the text begins
//   //// expect note TEXT            a note that contains TEXT
//   //// expect escapes NAME: HOW    one for each address that the target may keep; HOW is how it
//                                   begins
//   //// expect entries N SECTION    that many pieces of a section without symbols come along
//   //// expect bytes NAME HEX       the code carried for NAME contains these bytes
//
// Lines that start with //// and anything else are an error, as is a case without expectations.

#include <llvm/Support/Error.h>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace suture::builder {

struct Expectation {
  /// `replaced`, `carries`, ...; an outcome's name.
  std::string kind;
  std::string text;
};

struct CaseFile {
  std::string name;
  std::vector<std::string> compilers, flags, makeTargets;
  std::map<std::string, std::string> base;
  /// Files that were others when the target was built.
  std::map<std::string, std::string> built;
  std::vector<std::string> linkFlags;
  /// By path; nullopt: removed.
  std::map<std::string, std::optional<std::string>> patched;
  std::vector<Expectation> expectations;
};

/// Errors: a directive that is not known, no expectation, no base file; each with the line.
llvm::Expected<CaseFile> parseCase(const std::string &name, const std::string &text);

} // namespace suture::builder

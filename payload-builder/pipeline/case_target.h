// SPDX-License-Identifier: Apache-2.0
#pragma once
// For tests: small targets made with a real compiler and linker, in a temporary folder.

#include "payload-builder/pipeline/build_payload.h"
#include "payload-builder/pipeline/case_file.h"
#include "payload-builder/support/temp_dir.h"

#include <llvm/Support/Error.h>
#include <map>
#include <stdexcept>
#include <string>

namespace suture::builder {

/// For steps that fail only by a mistake in the test: throws, which ends it with the message.
template <typename T> T must(llvm::Expected<T> value) {
  if (!value)
    throw std::runtime_error(toString(value.takeError()));
  return std::move(*value);
}
void must(llvm::Error error);

/// A target: its source in a/, image, commands.json; the patched source in b/, so that git names
/// the files of a diff as it does in a repository.
class CaseTarget final {
public:
  /// \param compiler  `gcc` or `clang`.
  CaseTarget(const CaseFile &test, const std::string &compiler);

  std::string root() const { return folder_.path() + "/a"; }
  std::string image() const { return folder_.path() + "/image"; }
  /// The commands as the build ran them, with lists of what each one read: only then are the
  /// objects that it left of use. request() names those without.
  std::string listingCommands() const { return folder_.path() + "/listing.json"; }
  const std::string &folder() const { return folder_.path(); }
  /// The case's fix as a diff, as git makes it.
  std::string diff(const CaseFile &test) const;
  /// A request to build a payload from that diff.
  BuildRequest request(const std::string &diff) const;

private:
  void link(const std::vector<std::string> &objects, const std::vector<std::string> &flags) const;

  TempDir folder_;
};

} // namespace suture::builder

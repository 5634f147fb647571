// SPDX-License-Identifier: Apache-2.0
#pragma once
// For tests: objects and a linked image of a few C sources.

#include "payload-builder/objects/object_model.h"
#include "payload-builder/support/target_image.h"
#include "payload-builder/support/temp_dir.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace suture::builder {

/// Sources by path, compiled by gcc from one folder and linked by lld at a hypervisor's address.
class SmallImage final {
public:
  explicit SmallImage(const std::map<std::string, std::string> &sources);

  const TargetImage &image() const { return *image_; }
  /// An object of other, or the same, text, compiled under that path with the same flags.
  ObjectModel compile(const std::string &path, const std::string &text) const;

private:
  void run(std::vector<std::string> arguments) const;
  /// Where the object went.
  std::string makeObject(const std::string &path, const std::string &text) const;

  TempDir folder_;
  std::optional<TargetImage> image_;
};

} // namespace suture::builder

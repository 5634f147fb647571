// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/recorded_inputs.h"

namespace suture::builder {

std::optional<std::vector<std::string>> RecordedInputs::of(const RecordedCommand &recorded) {
  if (!recorded.command.inputs)
    return scan_.inputs(recorded);
  std::vector<std::string> files;
  for (const std::string &input : *recorded.command.inputs)
    files.push_back(paths_.of(recorded.command.directory, input));
  return files;
}

} // namespace suture::builder

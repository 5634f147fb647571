// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/reusable_object.h"

#include "payload-builder/objects/built_object.h"

#include <algorithm>

namespace suture::builder {

namespace {

bool has(const CompileCommand &command, const char *flag) {
  return std::ranges::find(command.arguments, flag) != command.arguments.end();
}

} // namespace

std::optional<ObjectModel> findReusableObject(const CompileCommand &command) {
  for (const char *flag : {"-ffunction-sections", "-fdata-sections", "-g"})
    if (!has(command, flag))
      return std::nullopt;
  auto file = openBuiltObject(command);
  if (!file)
    return std::nullopt;
  auto object = ObjectModel::parse(std::move(*file));
  if (object)
    return std::move(*object);
  // What cannot be understood is made anew.
  llvm::consumeError(object.takeError());
  return std::nullopt;
}

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/objects/object_model.h"
#include "payload-builder/support/unit.h"

#include <optional>

namespace suture::builder {

/// The object that the build left for a command, where it can stand for compiling the unit now: its
/// dependency file is there, nothing that this names is newer than the object, and its pieces are
/// those that would have a section each. It need not have debug information. That it is the
/// target's own is proved later, when its code is compared with the target's bytes.
std::optional<ObjectModel> findReusableObject(const CompileCommand &command);

} // namespace suture::builder

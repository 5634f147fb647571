// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload-builder/support/payload_file.h"

#include <nlohmann/json.hpp>
#include <string>

namespace suture::builder {

/// What a payload file holds, of whatever origin: build-ids, functions, hooks, metadata, symbols,
/// sections with their relocations.
std::string inspectText(const PayloadFile &payload);

/// The same as an object: `{file, buildId, depends, xenDepends, modinfo, functions, hooks,
/// undefined, absolute, exported, sections, diff, report}`; `diff` and `report` are null where the
/// payload has none.
nlohmann::json inspectJson(const PayloadFile &payload);

} // namespace suture::builder

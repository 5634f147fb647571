// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/client/livepatch.h"

#include <vector>

namespace suture::client {

/// What Suture's extended query tells of one payload.
struct Detail {
  /// 1 for the bottom of the applied stack, 0 for a payload that is not applied.
  uint32_t stackPosition;
  uint32_t functions;
  uint32_t probationLeftMs;
  std::vector<uint8_t> buildId;
  std::vector<uint8_t> depends;
  uint64_t memorySize;
  format::ActionTimes times;
};

struct ListedPayload {
  std::string name;
  format::PayloadState state;
  int32_t result;
  /// The entries of `.modinfo`, each "key=value".
  std::vector<std::string> metadata;
  /// Absent where the hypervisor does not know the query (stock Xen).
  std::optional<Detail> detail;
};

/// All payloads at one moment: every part of it was read under the same version.
struct Listing {
  uint32_t version;
  /// In upload order.
  std::vector<ListedPayload> payloads;
  /// The hypervisor's build-id; empty where it cannot be asked.
  std::vector<uint8_t> hypervisorBuildId;
};

struct ListOptions {
  /// Entries asked for in one call, 1 to maxListEntries.
  uint32_t batch = format::maxListEntries;
  /// How often a list that changes while it is read is started afresh.
  unsigned tries = 16;
  /// Whether to ask for details too.
  bool details = true;
};

/// Reads the list of payloads.
/// Errors: TryAgain when it kept changing (says how many were done and left), Protocol, and what
/// the carrier and the hypervisor give.
Expected<Listing> list(const Call &call, const ListOptions &options = {});

/// What the hypervisor tells of one payload, in one call whatever the list's length.
/// Errors: EOPNOTSUPP where it does not know the query (stock Xen, an older suture-hv), Protocol,
/// and what the carrier and the hypervisor give.
Expected<Detail> detail(const Call &call, std::string_view name);

/// The one entry of `listing` with that name; null if there is none.
const ListedPayload *find(const Listing &listing, std::string_view name);

} // namespace suture::client

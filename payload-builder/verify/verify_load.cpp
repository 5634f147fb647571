// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/verify/verify_load.h"

#include "payload-builder/verify/offline_platform.h"
#include "runtime/core/core.h"
#include "runtime/error/error.h"

#include <bit>

namespace suture::builder {

namespace {

using Core = LivepatchCore<OfflinePlatform>;

ByteView viewOf(const PayloadFile &payload) {
  const auto bytes = payload.file().bytes();
  return ByteView{std::as_bytes(bytes)};
}

std::string reasonOf(const Error &error) { return std::string(describe(error).view()); }

/// The reason where the runtime refuses.
std::optional<std::string> act(Core &core, std::string_view name, format::ActionKind action) {
  ActionSpec spec;
  spec.name = name;
  spec.action = static_cast<uint32_t>(action);
  if (const auto done = core.requestAction(spec); !done)
    return reasonOf(done.error());
  core.runPending();
  const auto *item = core.payloads().find(name);
  if (item != nullptr && item->failure)
    return reasonOf(*item->failure);
  return std::nullopt;
}

/// Brings a payload in and applies it; the reason where the runtime refuses.
std::optional<std::string> loadAndApply(Core &core, std::string_view name,
                                        const PayloadFile &payload) {
  if (const auto done = core.upload(name, viewOf(payload)); !done)
    return reasonOf(done.error());
  return act(core, name, format::ActionKind::Apply);
}

} // namespace

std::vector<Refusal> verifyLoad(const VerifyLoadRequest &request) {
  OfflinePlatform platform(request.image);
  Core core(platform);
  for (size_t i = 0; i < request.lowers.size(); ++i) {
    const PayloadFile &lower = request.lowers[i];
    if (const auto reason = loadAndApply(core, "lower-" + std::to_string(i), lower))
      return {{.stage = Stage::Verify,
               .code = RefusalCode::DependencyNotOfThisImage,
               .location = {.file = lower.file().path()},
               .subject = "",
               .reason = "the payload underneath does not load on this image: " + *reason,
               .advice =
                   "Name the payloads of --depends from the bottom of the stack up, built for "
                   "this image."}};
  }
  auto reason = loadAndApply(core, "payload", request.payload);
  if (!reason)
    reason = act(core, "payload", format::ActionKind::Revert);
  if (!reason)
    return {};
  return {{.stage = Stage::Verify,
           .code = RefusalCode::LoadRefused,
           .location = {.file = request.payload.file().path()},
           .subject = "",
           .reason = "the runtime would refuse it: " + *reason,
           .advice = ""}};
}

} // namespace suture::builder

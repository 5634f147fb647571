// SPDX-License-Identifier: Apache-2.0
// Any bytes as a payload file: loaded or refused, and when loaded, applied and reverted, the text
// is what it was, and the payload goes unless it was applied and says that it must stay. The fake
// platform aborts when the core breaks a promise; ASan and UBSan watch the rest.

#include "runtime/core/core.h"
#include "runtime/testing/fake_platform.h"

#include <algorithm>
#include <cstdlib>

using namespace suture;
using testing::FakePlatform;

namespace {

void require(bool holds) {
  if (!holds)
    std::abort();
}

int32_t perform(LivepatchCore<FakePlatform> &core, Action action) {
  auto asked =
      core.requestAction({.name = "fuzz", .action = static_cast<uint32_t>(action), .flags = 0});
  if (!asked) {
    require(!describe(asked.error()).empty());
    return resultOf(asked.error());
  }
  core.runPending();
  const auto *payload = core.payloads().find("fuzz");
  return payload == nullptr ? 0 : payload->result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  FakePlatform platform{0x9000};
  for (uint64_t index = 0; index < 8; ++index)
    platform.addSymbol("function" + std::to_string(index), FakePlatform::textStart + 0x1000 * index,
                       256);
  {
    LivepatchCore<FakePlatform> core{platform};
    auto loaded = core.upload("fuzz", ByteView{std::as_bytes(std::span{data, size})});
    if (!loaded) {
      require(!describe(loaded.error()).empty());
      require(resultOf(loaded.error()) < 0);
      require(platform.livePayloads() == 0);
      return 0;
    }
    const std::vector<uint8_t> before(platform.text().begin(), platform.text().end());
    if (perform(core, Action::Apply) == 0 && perform(core, Action::Revert) != 0) {
      // The platform's hooks do nothing, so a revert hook leaves the functions patched: refused.
      require(core.payloads().find("fuzz")->loaded.hooks.has(SingleHook::Revert));
      return 0;
    }
    require(std::ranges::equal(platform.text(), before));
    const auto &payload = *core.payloads().find("fuzz");
    const bool stays = payload.wasApplied && payload.forbidsUnload();
    require(perform(core, Action::Unload) ==
            (stays ? resultOf(Error{.code = ErrorCode::MustStayLoaded}) : 0));
  }
  return 0;
}

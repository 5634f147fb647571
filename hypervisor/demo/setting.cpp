// SPDX-License-Identifier: Apache-2.0
// A hypercall with a hole, for ./demo alone: the normal image does not have this file. A guest asks
// for one of eight settings; the handler forgets to look at the index, so that a guest reads
// whatever lies behind the table.

#include "hypervisor/guest/hypercall.h"

#include <array>

namespace suture::hv::demo {
namespace {

constexpr uint64_t readSetting = 0x100;

struct Settings {
  /// What guests may know.
  std::array<uint64_t, 8> values;
  /// What they may not.
  char hostKey[48];
};

[[gnu::used]] constinit Settings settings{{100, 24, 1, 0, 4096, 512, 3, 7},
                                          "host key: correct horse battery staple"};

/// The setting with that index.
int64_t settingAt(uint64_t index) { return static_cast<int64_t>(settings.values.data()[index]); }

int64_t readSettingCall(HypercallContext &context) { return settingAt(context.firstArgument); }
SUTURE_HYPERCALL(readSetting, readSettingCall);

} // namespace
} // namespace suture::hv::demo

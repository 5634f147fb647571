// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the tests of checks share: a core on a fake platform with a function to patch, and a record
// of which error codes were provoked, so that a code without a test is itself an error.

#include "runtime/control/handler.h"
#include "runtime/core/core.h"
#include "runtime/testing/fake_platform.h"
#include "runtime/testing/payload_file.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace suture::testing {

using Core = LivepatchCore<FakePlatform>;
using Bytes = std::vector<std::byte>;

struct Scene {
  static constexpr HvVirt victim = FakePlatform::textStart + 0x1000;
  static constexpr HvVirt other = FakePlatform::textStart + 0x2000;
  static constexpr uint32_t victimSize = 64;

  Scene() {
    platform.addSymbol("victim", victim, victimSize);
    platform.addSymbol("other", other, victimSize);
  }

  /// A payload that replaces `victim`, valid as it is.
  [[nodiscard]] PayloadFile valid(uint64_t seed = 1) {
    PayloadFile file = empty(seed);
    file.addFunction({.name = "victim"});
    return file;
  }
  /// A payload that patches nothing yet.
  [[nodiscard]] PayloadFile empty(uint64_t seed = 1) {
    return PayloadFile{platform.buildId(), platform.buildId(), seed};
  }
  /// A payload to be stacked on the one made with `below`.
  [[nodiscard]] PayloadFile onTopOf(uint64_t below, uint64_t seed) {
    return PayloadFile{platform.buildId(), PayloadFile::buildIdOf(below), seed};
  }

  [[nodiscard]] Result<> upload(std::string_view name, const PayloadFile &file) {
    return upload(name, file.build());
  }
  [[nodiscard]] Result<> upload(std::string_view name, const Bytes &bytes) {
    return core.upload(name, ByteView{bytes});
  }
  [[nodiscard]] Result<> request(std::string_view name, Action action, uint32_t flags = 0) {
    return core.requestAction(
        {.name = name, .action = static_cast<uint32_t>(action), .flags = flags});
  }
  /// Asks for an action, reaches the safe point; what came of it in the end.
  int32_t perform(std::string_view name, Action action, uint32_t flags = 0) {
    if (auto asked = request(name, action, flags); !asked)
      return resultOf(asked.error());
    core.runPending();
    const Payload<FakePlatform> *payload = core.payloads().find(name);
    return payload == nullptr ? 0 : payload->result;
  }
  [[nodiscard]] const Payload<FakePlatform> &payload(std::string_view name) const {
    return *core.payloads().find(name);
  }

  FakePlatform platform;
  Core core{platform};
};

/// Where a loaded payload's code lies.
inline HvVirt textOf(const Scene &scene, std::string_view name) {
  return scene.payload(name).loaded.memory.get().text.address;
}

/// Error codes that tests of this program have provoked.
inline std::set<ErrorCode> &provokedCodes() {
  static std::set<ErrorCode> codes;
  return codes;
}

/// Expects a check to fail, with a text that is complete.
inline void expectError(const Error &error, ErrorCode code) {
  EXPECT_EQ(errorName(error.code), errorName(code)) << describe(error).view();
  EXPECT_FALSE(describe(error).empty());
  if (error.code == code)
    provokedCodes().insert(code);
}
template <typename T> void expectError(const Result<T> &result, ErrorCode code) {
  ASSERT_FALSE(result.has_value()) << "expected " << errorName(code);
  expectError(result.error(), code);
}
inline void expectDone(const Result<> &result) {
  EXPECT_TRUE(result.has_value()) << describe(result.error()).view();
}

/// A payload file that fails exactly one check of the loader.
struct BadFile {
  ErrorCode code;
  std::function<Bytes(Scene &)> make;
};
inline void PrintTo(const BadFile &file, std::ostream *out) { *out << errorName(file.code); }

/// Test names are the codes'.
inline std::string nameOfCase(const ::testing::TestParamInfo<BadFile> &info) {
  return std::string(errorName(info.param.code)) + "_" + std::to_string(info.index);
}

/// Uploads `file.make()`: it must fail with that code and leave nothing behind.
inline void expectRefused(const BadFile &file) {
  Scene scene;
  const Bytes bytes = file.make(scene);
  const size_t blocks = scene.platform.liveBlocks(), payloads = scene.platform.livePayloads();
  const uint32_t version = scene.core.version();
  expectError(scene.upload("bad", bytes), file.code);
  EXPECT_EQ(scene.core.payloads().find("bad"), nullptr);
  EXPECT_EQ(scene.platform.livePayloads(), payloads);
  EXPECT_LE(scene.platform.liveBlocks(), blocks + 4) << "only indices may have grown";
  EXPECT_EQ(scene.core.version(), version);
  EXPECT_TRUE(scene.platform.writes().empty());
}

} // namespace suture::testing

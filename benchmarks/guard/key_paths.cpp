// SPDX-License-Identifier: Apache-2.0
// Eight paths whose instructions are counted (key_paths_test.py, under callgrind). Each is one
// function, called once; what it needs is made before, so that nothing else is in the count. The
// program does the same at every run: no threads, no clock and no address decides what it does.

#include "benchmarks/scene/arena_platform.h"
#include "benchmarks/scene/flat_caller.h"
#include "benchmarks/scene/machine.h"
#include "benchmarks/scene/slots.h"
#include "runtime/control/frame_channel.h"
#include "runtime/control/handler.h"
#include "runtime/core/registry.h"
#include "runtime/load/loader.h"

#include <cstdio>
#include <string>

/// Callgrind writes down its counts whenever such a function returns.
#define SUTURE_KEY_PATH extern "C" __attribute__((noinline, used))

namespace suture::benchmarks {
namespace {

using ArenaRegistry = Registry<ArenaPlatform>;
using Handler = ControlHandler<host::HostPlatform>;
using Channel = FrameChannel<host::HostPlatform>;

bool loads(ArenaPlatform &platform, const std::vector<std::byte> &file) {
  const ArenaRegistry registry{platform};
  return Loader<ArenaPlatform, ArenaRegistry>{platform, registry}.load(ByteView{file}).has_value();
}

constexpr uint32_t listed = 1000;

} // namespace

// clang-format off
SUTURE_KEY_PATH void keyPathBegin();
SUTURE_KEY_PATH bool keyPathLoadPlain(ArenaPlatform &, const std::vector<std::byte> &);
SUTURE_KEY_PATH bool keyPathLoadFunctions(ArenaPlatform &, const std::vector<std::byte> &);
SUTURE_KEY_PATH bool keyPathLoadRelocations(ArenaPlatform &, const std::vector<std::byte> &);
SUTURE_KEY_PATH bool keyPathCheckApply(HostCore &);
SUTURE_KEY_PATH bool keyPathApply(HostCore &);
SUTURE_KEY_PATH bool keyPathRevert(HostCore &);
SUTURE_KEY_PATH int keyPathList(Handler &, format::LivepatchOp &, FlatCaller &);
SUTURE_KEY_PATH int keyPathChannel(Channel &, std::span<const std::byte>);
// clang-format on

/// Called right before each path: what was counted up to here belongs to no path.
void keyPathBegin() { __asm__ volatile(""); }
/// 256 KiB of constants, no relocations.
bool keyPathLoadPlain(ArenaPlatform &platform, const std::vector<std::byte> &file) {
  return loads(platform, file);
}
/// 1,000 functions, found by name.
bool keyPathLoadFunctions(ArenaPlatform &platform, const std::vector<std::byte> &file) {
  return loads(platform, file);
}
/// 10,000 relocations.
bool keyPathLoadRelocations(ArenaPlatform &platform, const std::vector<std::byte> &file) {
  return loads(platform, file);
}
/// The checks before an apply of 1,000 functions, and queueing it.
bool keyPathCheckApply(HostCore &core) {
  return core
      .requestAction(
          {.name = "thousand", .action = static_cast<uint32_t>(format::ActionKind::Apply)})
      .has_value();
}
/// The stopped part of it and what surrounds it.
bool keyPathApply(HostCore &core) {
  core.runPending();
  return core.payloads().find("thousand")->result == 0;
}
bool keyPathRevert(HostCore &core) {
  core.runPending();
  return core.payloads().find("thousand")->result == 0;
}
/// 1,000 entries in one call.
int keyPathList(Handler &handler, format::LivepatchOp &operation, FlatCaller &caller) {
  return handler.handle(operation, caller).result;
}
/// 4,096 frames of 32 bytes, in one piece.
int keyPathChannel(Channel &channel, std::span<const std::byte> bytes) {
  int answers = 0;
  channel.receive(bytes, [&answers](std::span<const std::byte>) { ++answers; });
  return answers;
}

namespace {

bool runLoads() {
  Machine machine;
  ArenaPlatform platform{machine.platform(), slotAddress(0)};
  const auto plain = makePayload({.plainBytes = 256 * 1024});
  const auto functions = makePayload({.functions = 1000, .byName = true});
  const auto relocations = makePayload({.relocations = 10'000});
  keyPathBegin();
  bool worked = keyPathLoadPlain(platform, plain);
  keyPathBegin();
  worked &= keyPathLoadFunctions(platform, functions);
  keyPathBegin();
  return keyPathLoadRelocations(platform, relocations) && worked;
}

bool runActions() {
  Machine machine;
  machine.upload("thousand", makePayload({.functions = 1000}));
  const ActionSpec revert{.name = "thousand",
                          .action = static_cast<uint32_t>(format::ActionKind::Revert)};
  keyPathBegin();
  bool worked = keyPathCheckApply(machine.core());
  keyPathBegin();
  worked &= keyPathApply(machine.core());
  worked &= machine.core().requestAction(revert).has_value();
  keyPathBegin();
  return keyPathRevert(machine.core()) && worked;
}

bool runList() {
  Machine machine;
  for (uint32_t index = 0; index < listed; ++index)
    machine.upload("payload-with-a-name-of-some-length-" + std::to_string(index),
                   makePayload({.seed = index + 1}));
  Handler handler{machine.core()};
  FlatCaller caller{size_t{1} << 20};
  format::LivepatchOp operation{};
  operation.command = static_cast<uint32_t>(format::Command::List);
  operation.u.list = {.version = 0,
                      .index = 0,
                      .count = listed,
                      .padding = 0,
                      .nameTotalSize = listed * format::nameSize,
                      .metadataTotalSize = 0,
                      .status = caller.take(listed * sizeof(format::PayloadStatus)),
                      .name = caller.take(listed * format::nameSize),
                      .nameLength = caller.take(listed * sizeof(uint32_t)),
                      .metadata = caller.take(1),
                      .metadataLength = caller.take(listed * sizeof(uint32_t))};
  keyPathBegin();
  return keyPathList(handler, operation, caller) == static_cast<int>(listed);
}

bool runChannel() {
  constexpr int frames = 4096;
  Machine machine;
  Handler handler{machine.core()};
  std::vector<std::byte> request(frameBufferSize), answer(frameBufferSize);
  Channel channel{handler, request, answer};
  std::vector<std::byte> bytes;
  for (uint32_t sequence = 0; sequence < frames; ++sequence) {
    const format::FrameHeader header{.magic = format::frameMagic,
                                     .version = format::frameVersion,
                                     .kind = static_cast<uint16_t>(format::FrameKind::Reset),
                                     .length = sizeof(format::FrameHeader),
                                     .sequence = sequence,
                                     .result = 0,
                                     .segmentCount = 0,
                                     .reasonSize = 0,
                                     .padding = 0};
    const auto raw = std::as_bytes(std::span{&header, 1});
    bytes.insert(bytes.end(), raw.begin(), raw.end());
  }
  keyPathBegin();
  return keyPathChannel(channel, bytes) == frames;
}

} // namespace
} // namespace suture::benchmarks

int main() {
  using namespace suture::benchmarks;
  const bool worked = runLoads() && runActions() && runList() && runChannel();
  if (!worked)
    std::fprintf(stderr, "key_paths: a path did not do its work\n");
  return worked ? 0 : 1;
}

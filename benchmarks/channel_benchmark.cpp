// SPDX-License-Identifier: Apache-2.0
// An upload through the frame channel, in the pieces that a virtio port delivers, by the payload's
// size. After each, the payload is unloaded, which is not counted. floor_ns: copying the frame.
// Processor time, on the host platform: most of it is the kernel mapping the payload's pages.

#include "benchmarks/scene/machine.h"
#include "benchmarks/scene/stopwatch.h"
#include "runtime/control/frame_channel.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

namespace suture::benchmarks {
namespace {

constexpr size_t pieceSize = 4096;
constexpr std::string_view payloadName = "measured";

template <typename T> void put(std::vector<std::byte> &to, const T &value) {
  const auto bytes = std::as_bytes(std::span{&value, 1});
  to.insert(to.end(), bytes.begin(), bytes.end());
}

/// An upload request as a client writes it.
std::vector<std::byte> uploadFrame(std::span<const std::byte> file) {
  constexpr format::Handle nameAt = 0x1000, fileAt = 0x100000;
  constexpr auto nameSize = static_cast<uint16_t>(payloadName.size() + 1);
  constexpr auto in = static_cast<uint32_t>(format::SegmentDirection::In);
  format::LivepatchOp operation{};
  operation.command = static_cast<uint32_t>(format::Command::Upload);
  operation.u.upload = {.name = {.name = nameAt, .size = nameSize, .padding = {}},
                        .size = file.size(),
                        .payload = fileAt};
  const format::Segment segments[] = {
      {.address = nameAt, .size = nameSize, .direction = in},
      {.address = fileAt, .size = static_cast<uint32_t>(file.size()), .direction = in}};
  std::vector<std::byte> frame;
  put(frame, format::FrameHeader{
                 .magic = format::frameMagic,
                 .version = format::frameVersion,
                 .kind = static_cast<uint16_t>(format::FrameKind::Request),
                 .length = static_cast<uint32_t>(sizeof(format::FrameHeader) + sizeof(operation) +
                                                 sizeof(segments) + nameSize + file.size()),
                 .sequence = 1,
                 .result = 0,
                 .segmentCount = 2,
                 .reasonSize = 0,
                 .padding = 0});
  put(frame, operation);
  put(frame, segments);
  for (char character : payloadName)
    frame.push_back(static_cast<std::byte>(character));
  frame.push_back(std::byte{0});
  frame.insert(frame.end(), file.begin(), file.end());
  return frame;
}

void upload(benchmark::State &state) {
  const std::vector<std::byte> frame =
      uploadFrame(makePayload({.plainBytes = static_cast<uint32_t>(state.range(0))}));
  Machine machine;
  ControlHandler<host::HostPlatform> handler{machine.core()};
  std::vector<std::byte> request(frameBufferSize), answer(frameBufferSize);
  FrameChannel<host::HostPlatform> channel{handler, request, answer};
  std::vector<uint64_t> times;
  for (auto _ : state) {
    int32_t result = -1;
    const uint64_t start = threadNs();
    for (std::span<const std::byte> rest{frame}; !rest.empty();
         rest = rest.subspan(std::min(pieceSize, rest.size())))
      channel.receive(rest.first(std::min(pieceSize, rest.size())),
                      [&result](std::span<const std::byte> response) {
                        format::FrameHeader header;
                        std::memcpy(&header, response.data(), sizeof(header));
                        result = header.result;
                      });
    times.push_back(threadNs() - start);
    state.SetIterationTime(static_cast<double>(times.back()) * 1e-9);
    if (result != 0) {
      state.SkipWithError("the upload failed");
      return;
    }
    machine.unload(payloadName);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(frame.size()));
  if (times.empty())
    return;
  state.counters["median_ns"] = static_cast<double>(medianOf(std::move(times)));
  state.counters["floor_ns"] = static_cast<double>(copyFloorNs(frame));
}

BENCHMARK(upload)
    ->Name("channel/upload")
    ->UseManualTime()
    ->ArgName("bytes")
    ->RangeMultiplier(8)
    ->Range(4096, 2'000'000);

} // namespace
} // namespace suture::benchmarks

BENCHMARK_MAIN();

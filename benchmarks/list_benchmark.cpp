// SPDX-License-Identifier: Apache-2.0
// Listing: all payloads through the control handler, in chunks, by their number and the length of
// their names. One iteration is what a client does: probe, then walk. floor_ns is the time to copy
// as many bytes out of one block.

#include "benchmarks/scene/flat_caller.h"
#include "benchmarks/scene/machine.h"
#include "benchmarks/scene/stopwatch.h"
#include "runtime/control/handler.h"

#include <benchmark/benchmark.h>

#include <optional>
#include <string>

namespace suture::benchmarks {
namespace {

constexpr uint32_t chunk = format::maxListEntries;

/// One List call's buffers in a caller's memory.
struct ListBuffers {
  format::ListRequest request{};

  explicit ListBuffers(FlatCaller &caller) {
    request.count = chunk;
    request.nameTotalSize = chunk * format::nameSize;
    request.metadataTotalSize = 0;
    request.status = caller.take(chunk * sizeof(format::PayloadStatus));
    request.nameLength = caller.take(chunk * sizeof(uint32_t));
    request.metadataLength = caller.take(chunk * sizeof(uint32_t));
    request.name = caller.take(chunk * format::nameSize);
    request.metadata = caller.take(1);
  }
};

/// Lists all; returns how many it saw, or nothing when a call fails.
std::optional<uint32_t> listAll(ControlHandler<host::HostPlatform> &handler, FlatCaller &caller,
                                const ListBuffers &buffers) {
  format::LivepatchOp operation{};
  operation.command = static_cast<uint32_t>(format::Command::List);
  if (handler.handle(operation, caller).result != 0)
    return std::nullopt;
  uint32_t seen = 0;
  for (uint32_t left = operation.u.list.count; left != 0; left = operation.u.list.count) {
    operation.u.list = buffers.request;
    operation.u.list.index = seen;
    const ControlOutcome outcome = handler.handle(operation, caller);
    if (outcome.result <= 0)
      return std::nullopt;
    seen += static_cast<uint32_t>(outcome.result);
  }
  return seen;
}

std::string nameOfLength(uint32_t index, size_t length) {
  std::string name = std::to_string(index);
  name.insert(0, length - name.size(), 'n');
  return name;
}

void list(benchmark::State &state) {
  const auto count = static_cast<uint32_t>(state.range(0));
  const auto length = static_cast<size_t>(state.range(1));
  Machine machine;
  for (uint32_t index = 0; index < count; ++index)
    machine.upload(nameOfLength(index, length), makePayload({.seed = index + 1}));
  ControlHandler<host::HostPlatform> handler{machine.core()};
  FlatCaller caller{size_t{chunk} * 256};
  const ListBuffers buffers{caller};
  for (auto _ : state)
    if (listAll(handler, caller, buffers) != count) {
      state.SkipWithError("the list was not whole");
      return;
    }
  const size_t bytes = count * (length + 1 + sizeof(format::PayloadStatus) + 2 * sizeof(uint32_t));
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(count));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes));
  state.counters["floor_ns"] = static_cast<double>(copyFloorNs(std::vector<std::byte>(bytes), 100));
}

BENCHMARK(list)
    ->Name("list")
    ->ArgNames({"payloads", "name"})
    ->ArgsProduct({{1, 10, 100, 1000, 10'000}, {5, 32, 127}});

} // namespace
} // namespace suture::benchmarks

BENCHMARK_MAIN();

// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/scene/crowd.h"

#include "benchmarks/scene/slots.h"
#include "runtime/testing/payload_file.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace suture::benchmarks {
namespace {

using testing::PayloadFile;

constexpr uint32_t chunk = 100;

[[noreturn]] void giveUp(const char *what) {
  std::fprintf(stderr, "crowd: %s\n", what);
  std::exit(1);
}

/// Names of one length, so that all payloads cost the same.
std::string numbered(const char *prefix, uint32_t number) {
  const std::string digits = std::to_string(100'000 + number);
  return prefix + digits;
}

std::vector<std::byte> makeExporter(uint32_t number) {
  PayloadFile file{slotBuildId(), slotBuildId(), number + 1};
  file.addFunction({.oldAddress = slotAddress(0).value, .oldSize = slotSize});
  file.section(".text").data.resize(64);
  file.addSymbol({.name = numbered("exported_", number),
                  .section = file.indexOf(".text"),
                  .value = 32,
                  .size = 8});
  return file.build();
}

std::vector<std::byte> makeUser(uint32_t count) {
  PayloadFile file{slotBuildId(), slotBuildId(), 1'000'001};
  file.addFunction({.oldAddress = slotAddress(1).value, .oldSize = slotSize});
  for (uint32_t number = 0; number < count; ++number)
    file.addSymbol({.name = numbered("exported_", number)});
  return file.build();
}

std::vector<std::byte> makeSymbols(uint32_t count) {
  PayloadFile file{slotBuildId(), slotBuildId(), 1'000'002};
  file.addFunction({.oldAddress = slotAddress(1).value, .oldSize = slotSize});
  file.section(".text").data.resize(64);
  for (uint32_t number = 0; number < count; ++number)
    file.addSymbol(
        {.name = numbered("own_", number), .section = file.indexOf(".text"), .value = 32});
  return file.build();
}

} // namespace

Crowd::Crowd(uint32_t count)
    : count_(count), handler_(machine_.core()), caller_(size_t{1} << 16), user_(makeUser(count)),
      symbols_(makeSymbols(count)) {
  for (uint32_t number = 0; number < count; ++number)
    files_.push_back(makeExporter(number));
  listRequest_.count = chunk;
  listRequest_.nameTotalSize = chunk * format::nameSize;
  listRequest_.status = caller_.take(chunk * sizeof(format::PayloadStatus));
  listRequest_.nameLength = caller_.take(chunk * sizeof(uint32_t));
  listRequest_.metadataLength = caller_.take(chunk * sizeof(uint32_t));
  listRequest_.name = caller_.take(chunk * format::nameSize);
  listRequest_.metadata = caller_.take(1);
}

void Crowd::upload() {
  for (uint32_t number = 0; number < count_; ++number)
    machine_.upload(numbered("p", number), files_[number]);
}

uint32_t Crowd::listOnce(uint32_t from) {
  format::LivepatchOp operation{};
  operation.command = static_cast<uint32_t>(format::Command::List);
  operation.u.list = listRequest_;
  operation.u.list.index = from;
  const int32_t copied = handler_.handle(operation, caller_).result;
  if (copied <= 0)
    giveUp("the list ended early");
  return static_cast<uint32_t>(copied);
}

void Crowd::list() {
  for (uint32_t seen = 0; seen < count_;)
    seen += listOnce(seen);
}

void Crowd::link() {
  machine_.upload("user", user_);
  for (uint32_t number = 0; number < count_; ++number)
    if (machine_.core().requestAction({.name = numbered("p", number), .action = 1}))
      giveUp("a payload that is in use was unloaded");
  machine_.unload("user");
}

void Crowd::unload() {
  for (uint32_t number = 0; number < count_; ++number)
    machine_.unload(numbered("p", number));
}

void Crowd::symbols() {
  machine_.upload("symbols", symbols_);
  machine_.unload("symbols");
}

} // namespace suture::benchmarks

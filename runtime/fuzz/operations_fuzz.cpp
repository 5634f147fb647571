// SPDX-License-Identifier: Apache-2.0
// Sequences of operations: after each, the core and the model (model.h) agree on the answer, on
// every payload's state, on the stack, the version and on the hypervisor's text.

#include "runtime/core/core.h"
#include "runtime/fuzz/model.h"
#include "runtime/testing/fake_platform.h"
#include "runtime/testing/payload_file.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace suture;
using fuzz::Model;
using fuzz::Variant;
using fuzz::World;
using testing::FakePlatform;
using testing::PayloadFile;

namespace {

constexpr uint64_t slotSize = 64;
constexpr uint64_t msToNs = 1'000'000;

void require(bool holds, const char *what, const std::string &about = "") {
  if (holds)
    return;
  std::fprintf(stderr, "core and model disagree: %s %s\n", what, about.c_str());
  std::abort();
}

const std::array<Variant, 11> variants{{
    {.seed = 1, .slots = {0}},
    {.seed = 2, .dependsSeed = 1, .slots = {0, 1}},
    {.seed = 3, .dependsSeed = 2, .slots = {1, 2}},
    {.seed = 4, .slots = {3}, .writableData = true},
    {.seed = 5, .slots = {0}, .preHooks = true},
    {.seed = 6, .slots = {4}, .postHooks = true},
    {.seed = 7, .slots = {0}, .expectsOriginal = true},
    {.seed = 8, .slots = {5}, .exportsSymbol = true},
    {.seed = 9, .dependsSeed = 8, .slots = {6}, .importsSymbol = true},
    {.seed = 1, .slots = {2}}, // the first one's build-id
    {.seed = 10, .slots = {7}, .staysLoaded = true},
}};

HvVirt slotAddress(uint32_t slot) { return FakePlatform::textStart + slot * slotSize; }

std::vector<std::byte> makeFile(const FakePlatform &platform, const Variant &variant) {
  const std::vector<uint8_t> below = PayloadFile::buildIdOf(variant.dependsSeed);
  PayloadFile file{platform.buildId(),
                   variant.dependsSeed == 0 ? platform.buildId() : std::span<const uint8_t>(below),
                   variant.seed};
  for (uint32_t slot : variant.slots) {
    format::LivepatchExpectation expectation{};
    if (variant.expectsOriginal) {
      expectation.header = 1 | 16 << 1;
      std::ranges::copy(platform.peek(slotAddress(slot), 16), expectation.data);
    }
    file.addFunction({.oldAddress = slotAddress(slot).value, .expectation = expectation});
  }
  if (variant.preHooks) {
    file.addHook(format::section::hooksPreapply);
    file.addHook(format::section::hooksPrerevert);
  }
  if (variant.postHooks)
    file.addHook(format::section::hooksPostapply);
  if (variant.writableData)
    file.addSection({.name = ".data", .flags = elf::flagAlloc | elf::flagWrite, .data = {1}});
  if (variant.exportsSymbol) {
    file.section(".text").data.resize(64);
    file.addSymbol({.name = "shared", .section = file.indexOf(".text"), .value = 40});
  }
  if (variant.importsSymbol)
    file.addSymbol({.name = "shared"});
  if (variant.staysLoaded) {
    constexpr std::string_view metadata{"unload=no\0", 10};
    file.addSection({.name = format::section::modinfo,
                     .flags = elf::flagAlloc,
                     .data = {metadata.begin(), metadata.end()}});
  }
  return file.build();
}

/// Bytes of the input, zeros past its end.
class Input final {
public:
  Input(const uint8_t *data, size_t size) : data_(data, size) {}
  [[nodiscard]] bool empty() const { return data_.empty(); }
  uint8_t next() {
    if (data_.empty())
      return 0;
    const uint8_t byte = data_.front();
    data_ = data_.subspan(1);
    return byte;
  }

private:
  std::span<const uint8_t> data_;
};

class Run final {
public:
  Run() {
    original_.assign(platform_.text().begin(), platform_.text().end());
    platform_.setAnyHook([this](HvVirt, void *) { return world_.preHookResult; });
  }

  void step(Input &input) {
    const uint8_t operation = input.next(), detail = input.next();
    const std::string name(1, static_cast<char>('a' + detail % 6));
    world_ = {};
    if ((operation & 0x40) != 0)
      world_.preHookResult = (operation & 0x20) != 0 ? -5 : 7;
    if ((operation & 0x80) != 0) {
      world_.timeOut = true;
      platform_.failNext(testing::Fallible::QuiesceTimeout);
    }
    switch (operation & 7) {
    case 0:
      upload(name, input.next() % variants.size());
      break;
    case 1:
      confirm(name);
      break;
    case 2:
      expire();
      break;
    default:
      // Mostly good actions; the others too.
      act(name, (operation & 7) <= 6 ? (operation & 7) - 2u : input.next(), input.next());
      break;
    }
    platform_.clearFailures();
    compare();
  }

private:
  /// The variants' files; made once, as every run's platform starts the same.
  static const std::vector<std::vector<std::byte>> &files() {
    static const auto made = [] {
      const FakePlatform platform{textSize};
      std::vector<std::vector<std::byte>> list;
      for (const Variant &variant : variants)
        list.push_back(makeFile(platform, variant));
      return list;
    }();
    return made;
  }

  static int32_t resultFrom(const Result<> &result) {
    return result ? 0 : resultOf(result.error());
  }

  void upload(const std::string &name, size_t variant) {
    const int32_t answer = resultFrom(core_.upload(name, ByteView{files()[variant]}));
    require(answer == model_.upload(name, variants[variant]), "upload", name);
  }

  void confirm(const std::string &name) {
    require(resultFrom(core_.confirm(name)) == model_.confirm(name), "confirm", name);
  }

  void expire() {
    platform_.advance(2'000 * msToNs);
    if (core_.hasWork(platform_.nowNs()))
      core_.runPending();
    model_.expire(world_);
  }

  void act(const std::string &name, uint32_t verb, uint8_t extra) {
    const uint32_t flags = (extra & 3) == 1 ? 1 : (extra & 3) == 2 ? extra : 0;
    std::optional<uint32_t> probation;
    if ((extra & 12) == 4)
      probation = (extra & 0xf0) == 0 ? 0 : 1000;
    const int32_t answer = resultFrom(core_.requestAction(
        {.name = name, .action = verb, .flags = flags, .probationMs = probation}));
    if (core_.isBusy())
      core_.runPending();
    require(answer == model_.act(name, verb, flags, probation, world_), "action", name);
  }

  void compare() {
    require(core_.version() == model_.version, "version");
    require(core_.payloads().count() == model_.order.size(), "count");
    require(core_.stack().size() == model_.stack.size(), "stack height");
    for (uint32_t height = 0; height < model_.stack.size(); ++height)
      require(core_.stack()[height]->name() == model_.stack[height], "stack");
    for (uint32_t index = 0; index < model_.order.size(); ++index) {
      const auto &payload = *core_.payloads().at(index);
      const Model::Item &item = model_.items.at(model_.order[index]);
      require(payload.name() == model_.order[index], "upload order");
      require((payload.state == State::Applied) == item.applied, "state", model_.order[index]);
      require(payload.result == item.result, "result", model_.order[index]);
      require((payload.probationEndNs != 0) == item.onProbation, "probation", model_.order[index]);
    }
    compareText();
  }

  void compareText() {
    std::vector<uint8_t> expected = original_;
    for (const auto *payload : core_.stack())
      for (const PatchedFunction &function : payload->loaded.functions.items()) {
        const uint64_t offset = function.oldAddress - FakePlatform::textStart;
        const auto displacement =
            static_cast<uint32_t>(function.newAddress - (function.oldAddress + 5));
        expected[offset] = 0xe9;
        std::memcpy(expected.data() + offset + 1, &displacement, 4);
      }
    require(std::ranges::equal(platform_.text(), expected), "text");
  }

  /// Text for a few slots.
  static constexpr size_t textSize = 1024;
  FakePlatform platform_{textSize};
  LivepatchCore<FakePlatform> core_{platform_};
  Model model_;
  World world_;
  std::vector<uint8_t> original_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Input input{data, std::min<size_t>(size, 300)};
  Run run;
  while (!input.empty())
    run.step(input);
  return 0;
}

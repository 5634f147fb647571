// SPDX-License-Identifier: Apache-2.0
// The example of docs/embedding.md: it compiles, and patches a function of this program.

#include "runtime/control/frame_channel.h"
#include "runtime/example/toy_platform.h"
#include "runtime/testing/payload_file.h"

#include <gtest/gtest.h>

#include <vector>

#include <sys/mman.h>
#include <x86intrin.h>

namespace suture::example {
namespace {

constexpr size_t pageSize = 4096;

/// A section of pages of its own, so that no code that patches lies on a page that is patched.
extern "C" __attribute__((section("toy_text"), noinline, used, aligned(4096))) int toyFunction() {
  __asm__ volatile("nopw 0x0(%rax,%rax,1)");
  return 1;
}
extern "C" __attribute__((section("toy_text"), used, aligned(4096))) void toyEnd() {}

/// Page permissions of a process stand in for page tables.
struct ProcessMachine {
  static constexpr uint64_t nsPerTick = 1;

  void setRights(std::byte *start, size_t size, Rights rights) noexcept {
    const int protection = rights == Rights::ReadWrite     ? PROT_READ | PROT_WRITE
                           : rights == Rights::ReadExecute ? PROT_READ | PROT_EXEC
                                                           : PROT_READ;
    mprotect(start, size, protection);
  }
  void writeThroughAlias(std::byte *to, std::span<const std::byte> bytes) noexcept {
    // No page but those that are written: the next one may be the code that runs here.
    const uint64_t offset = reinterpret_cast<uint64_t>(to) % pageSize;
    const size_t size = (offset + bytes.size() + pageSize - 1) / pageSize * pageSize;
    mprotect(to - offset, size, PROT_READ | PROT_WRITE);
    std::memcpy(to, bytes.data(), bytes.size());
    mprotect(to - offset, size, PROT_READ | PROT_EXEC);
  }
  uint64_t readTicks() noexcept { return __rdtsc(); }
  void print(std::string_view line) noexcept { lines.emplace_back(line); }

  std::vector<std::string> lines;
};
static_assert(Platform<ToyPlatform<ProcessMachine>>);

/// Pages for payloads: in the program itself, so that jumps reach.
alignas(pageSize) std::array<std::byte, 64 * pageSize> payloadPages;
alignas(16) std::array<std::byte, 1 << 20> bookkeeping;

using Toy = ToyPlatform<ProcessMachine>;

class Example : public ::testing::Test {
protected:
  static uint64_t addressOf(void (*function)()) { return reinterpret_cast<uint64_t>(function); }
  static int call() {
    int (*function)() = toyFunction;
    __asm__("" : "+r"(function));
    return function();
  }

  const uint64_t start = reinterpret_cast<uint64_t>(&toyFunction);
  const std::array<uint8_t, 4> buildId{1, 2, 3, 4};
  const std::array<Symbol, 1> symbols{{{.name = "toyFunction", .address = start, .size = 16}}};
  ProcessMachine machine;
  Toy platform{machine,
               {.text = {reinterpret_cast<const std::byte *>(start), addressOf(toyEnd) - start},
                .symbols = symbols,
                .buildId = buildId,
                .payloadPages = payloadPages,
                .bookkeeping = bookkeeping}};
  LivepatchCore<Toy> core{platform};
};

TEST_F(Example, PatchesAndReverts) {
  testing::PayloadFile file{buildId, buildId, 1};
  file.addFunction({.name = "toyFunction", .oldSize = 16});
  const std::vector<std::byte> bytes = file.build();
  for (int round = 0; round < 3; ++round) {
    const auto loaded = core.upload("fix", ByteView{bytes});
    ASSERT_TRUE(loaded) << describe(loaded.error()).view();
    EXPECT_EQ(call(), 1);
    ASSERT_TRUE(core.requestAction({.name = "fix", .action = 3}));
    core.runPending(); // The main loop's safe point.
    EXPECT_EQ(call(), 42);
    ASSERT_TRUE(core.requestAction({.name = "fix", .action = 2}));
    core.runPending();
    EXPECT_EQ(call(), 1);
    ASSERT_TRUE(core.requestAction({.name = "fix", .action = 1}));
  }
  EXPECT_EQ(machine.lines.size(), 12u);
}

TEST_F(Example, RunsOutOfPagesWithAReason) {
  testing::PayloadFile file{buildId, buildId, 1};
  file.addFunction({.name = "toyFunction", .oldSize = 16});
  file.addSection({.name = ".bss",
                   .type = elf::sectionNobits,
                   .flags = elf::flagAlloc | elf::flagWrite,
                   .nobitsSize = payloadPages.size()});
  const std::vector<std::byte> bytes = file.build();
  const auto loaded = core.upload("big", ByteView{bytes});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::NoAddressSpace);
}

TEST(FixedHeapTest, JoinsWhatComesBack) {
  alignas(16) std::array<std::byte, 4096> memory;
  FixedHeap heap{memory};
  for (int round = 0; round < 100; ++round) {
    auto first = heap.allocate(1000, 8), second = heap.allocate(1000, 16),
         third = heap.allocate(1000, 1);
    ASSERT_FALSE(third.empty());
    EXPECT_TRUE(heap.allocate(2000, 8).empty());
    heap.release(second);
    heap.release(first);
    heap.release(third);
    auto whole = heap.allocate(4000, 8);
    ASSERT_FALSE(whole.empty());
    heap.release(whole);
  }
}

} // namespace
} // namespace suture::example

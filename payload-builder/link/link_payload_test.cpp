// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/link/link_payload.h"

#include "payload-builder/support/payload_file.h"

#include <elf.h>
#include <gtest/gtest.h>

namespace suture::builder {
namespace {

Chunk chunk(ChunkRole role, std::vector<uint8_t> bytes) {
  Chunk result;
  result.role = role;
  result.size = bytes.size();
  result.bytes = std::move(bytes);
  return result;
}

/// One function of the target's replaced; it uses a constant and calls back into the target.
Plan smallPlan() {
  Plan plan;
  plan.xenDepends = plan.depends = std::vector<uint8_t>(20, 0xab);
  plan.symbols = {{.name = "a.c#helper", .address = TargetAddress{0xffffffff80200040}}};
  Chunk code = chunk(ChunkRole::Text, {0x48, 0x8d, 0x05, 0, 0, 0, 0, 0xe9, 0, 0, 0, 0});
  code.isFunction = true;
  code.alignment = 16;
  code.symbol = "get";
  code.references = {{3, R_X86_64_PC32, -4, ChunkIndex{1}},
                     {8, R_X86_64_PLT32, -4, BoundSymbolIndex{0}}};
  plan.chunks = {code, chunk(ChunkRole::Constant, {'t', 'e', 'x', 't', 0})};
  PlannedFunction function;
  function.name = function.displayName = "get";
  function.oldAddress = TargetAddress{0xffffffff80200010};
  function.oldSize = 17;
  function.newSize = 12;
  function.expectation = {0x89, 0xf8};
  plan.functions = {function};
  plan.metadata = {{"name", "fix"}};
  return plan;
}

PayloadFile linked(const Plan &plan) {
  const LinkResult result = linkPayload({.plan = plan, .diff = "the diff", .report = "{}"});
  auto file = PayloadFile::fromBytes(result.payload, "linked");
  if (!file)
    throw std::runtime_error(toString(file.takeError()));
  return std::move(*file);
}

TEST(LinkPayload, WhatIsReplacedIsReadBack) {
  const PayloadFile payload = linked(smallPlan());
  ASSERT_EQ(payload.functions().size(), 1u);
  const PayloadFunction &function = payload.functions().front();
  EXPECT_EQ(function.name, "get");
  EXPECT_EQ(function.oldAddress, 0xffffffff80200010u);
  EXPECT_EQ(function.oldSize, 17u);
  EXPECT_EQ(function.newSize, 12u);
  EXPECT_EQ(function.expectation, (std::vector<uint8_t>{0x89, 0xf8}));
  ASSERT_TRUE(function.section);
  EXPECT_EQ(payload.file().section(*function.section).bytes[function.offset], 0x48);
  EXPECT_EQ(payload.xenDepends().size(), 20u);
  EXPECT_EQ(payload.diff(), "the diff");
}

TEST(LinkPayload, ALocalSymbolOfTheTargetIsBoundByAddress) {
  const PayloadFile payload = linked(smallPlan());
  const auto symbols = payload.file().symbols();
  const auto found = std::ranges::find(symbols, 0xffffffff80200040u, &ElfSymbol::value);
  ASSERT_NE(found, symbols.end());
  EXPECT_EQ(found->section, uint32_t{SHN_ABS});
}

TEST(LinkPayload, NothingIsWritableWithoutData) {
  const auto hasWritable = [](const Plan &plan) {
    const PayloadFile payload = linked(plan);
    return std::ranges::any_of(payload.file().sections(), [](const ElfSection &section) {
      // Loaders write to the table of functions and accept it so.
      return (section.flags & SHF_WRITE) != 0 && (section.flags & SHF_ALLOC) != 0 &&
             section.name != ".livepatch.funcs";
    });
  };
  Plan plan = smallPlan();
  EXPECT_FALSE(hasWritable(plan));
  plan.chunks.push_back(chunk(ChunkRole::Data, {1, 2, 3, 4}));
  EXPECT_TRUE(hasWritable(plan));
}

TEST(LinkPayload, TheBuildIdIsOfTheContent) {
  Plan plan = smallPlan();
  const LinkResult first = linkPayload({.plan = plan, .diff = "", .report = ""});
  const LinkResult again = linkPayload({.plan = plan, .diff = "", .report = ""});
  EXPECT_EQ(first.payload, again.payload);
  plan.chunks[1].bytes[0] = 'n';
  const LinkResult other = linkPayload({.plan = plan, .diff = "", .report = ""});
  EXPECT_EQ(first.buildId.size(), 20u);
  EXPECT_NE(first.buildId, other.buildId);
}

TEST(LinkPayload, CountsWhatTheTargetMustAllocate) {
  const LinkResult result = linkPayload({.plan = smallPlan(), .diff = "", .report = ""});
  EXPECT_EQ(result.textSize, 12u);
  EXPECT_EQ(result.dataSize, 0u);
}

TEST(LinkPayload, NamesOfFunctionsAreNoConstantsOfTheCode) {
  const PayloadFile payload = linked(smallPlan());
  EXPECT_EQ(payload.file().findSection(".rodata")->size, std::string_view("text").size() + 1);
  EXPECT_EQ(payload.file().findSection(".livepatch.strings")->size,
            std::string_view("get").size() + 1);
}

TEST(LinkPayload, MoreThanALoaderTakesIsRefused) {
  Plan plan = smallPlan();
  plan.chunks.push_back(chunk(ChunkRole::Constant, std::vector<uint8_t>(3 << 20, 1)));
  const LinkResult result = linkPayload({.plan = plan, .diff = "", .report = ""});
  ASSERT_EQ(result.refusals.size(), 1u);
  EXPECT_EQ(result.refusals[0].code, RefusalCode::PayloadTooLarge);
  EXPECT_EQ(result.payload, "");
}

} // namespace
} // namespace suture::builder

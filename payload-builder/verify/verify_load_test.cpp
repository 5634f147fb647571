// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/verify/verify_load.h"

#include "payload-builder/link/link_payload.h"
#include "payload-builder/plan/testing/small_image.h"

#include <algorithm>
#include <elf.h>
#include <gtest/gtest.h>

namespace suture::builder {
namespace {

constexpr char source[] = "int state;\n"
                          "__attribute__((noinline)) int helper(int x) { return x * state; }\n"
                          "int get(int x) { return helper(x) + 77; }\n"
                          "void nop(void) {}\n";

class VerifyLoad : public testing::Test {
protected:
  const TargetImage &image() const { return target_.image(); }

  const ElfSymbol &symbol(std::string_view name) const {
    return image().symbol(image().named(name).front());
  }

  /// Replaces get by a jump to helper, with all that the target asks for.
  Plan fitting() const {
    Plan plan;
    plan.xenDepends = plan.depends = {image().buildId().begin(), image().buildId().end()};
    plan.symbols = {{.name = "helper", .address = std::nullopt}};
    Chunk code;
    code.bytes = {0xe9, 0, 0, 0, 0};
    code.size = code.bytes.size();
    code.isFunction = true;
    code.alignment = 16;
    code.references = {{1, R_X86_64_PLT32, -4, BoundSymbolIndex{0}}};
    plan.chunks = {code};
    replace(plan, "get");
    plan.metadata = {{"name", "fix"}};
    return plan;
  }

  void replace(Plan &plan, const std::string &name) const {
    const ElfSymbol &old = symbol(name);
    PlannedFunction function;
    function.name = function.displayName = name;
    function.oldAddress = TargetAddress{old.value};
    function.oldSize = static_cast<uint32_t>(old.size);
    function.newSize = 5;
    const auto bytes = image().bytesAt(*function.oldAddress, std::min<uint64_t>(old.size, 5));
    function.expectation.assign(bytes->begin(), bytes->end());
    plan.functions = {function};
  }

  static PayloadFile linked(const Plan &plan, const std::string &name) {
    return llvm::cantFail(PayloadFile::fromBytes(
        linkPayload({.plan = plan, .diff = "the diff", .report = "{}"}).payload, name));
  }

  /// What comes back for a payload, on top of others.
  std::vector<Refusal> verify(const Plan &plan, std::span<const PayloadFile> lowers = {}) const {
    const PayloadFile payload = linked(plan, "fix.livepatch");
    return verifyLoad({.image = image(), .lowers = lowers, .payload = payload});
  }

  /// The only refusal's reason.
  std::string reasonFor(const Plan &plan) const {
    const std::vector<Refusal> refusals = verify(plan);
    if (refusals.size() != 1)
      return std::to_string(refusals.size()) + " refusals";
    EXPECT_EQ(refusals[0].code, RefusalCode::LoadRefused);
    EXPECT_EQ(refusals[0].location.file, "fix.livepatch");
    return refusals[0].reason;
  }

private:
  const SmallImage target_{{{"a.c", source}}};
};

TEST_F(VerifyLoad, APayloadThatFitsIsNotRefused) { EXPECT_TRUE(verify(fitting()).empty()); }

TEST_F(VerifyLoad, OtherBytesThanExpectedAreNamed) {
  Plan plan = fitting();
  plan.functions[0].expectation[0] ^= 0xff;
  EXPECT_TRUE(reasonFor(plan).contains("get")) << reasonFor(plan);
}

TEST_F(VerifyLoad, ASymbolThatTheTargetLacksIsNamed) {
  Plan plan = fitting();
  plan.symbols[0].name = "no_such_helper";
  EXPECT_TRUE(reasonFor(plan).contains("no_such_helper")) << reasonFor(plan);
}

TEST_F(VerifyLoad, AReferenceThatDoesNotReachIsRefused) {
  Plan plan = fitting();
  plan.symbols[0].address = TargetAddress{0x100000000000};
  EXPECT_NE(reasonFor(plan), "0 refusals");
}

TEST_F(VerifyLoad, AFunctionWithoutRoomForAJumpIsNamed) {
  Plan plan = fitting();
  replace(plan, "nop");
  EXPECT_TRUE(reasonFor(plan).contains("nop")) << reasonFor(plan);
}

TEST_F(VerifyLoad, ThePayloadOfAnotherBuildIsRefused) {
  Plan plan = fitting();
  plan.xenDepends[0] ^= 0xff;
  EXPECT_NE(reasonFor(plan), "0 refusals");
}

TEST_F(VerifyLoad, APayloadAppliesOnTopOfTheOneThatItDependsOnAndNotWithoutIt) {
  std::vector<PayloadFile> lowers;
  lowers.push_back(linked(fitting(), "lower.livepatch"));
  Plan plan = fitting();
  plan.depends = {lowers[0].buildId().begin(), lowers[0].buildId().end()};
  plan.metadata = {{"name", "upper"}};
  // What stands there now is the lower payload's jump.
  plan.functions[0].expectation.clear();
  EXPECT_TRUE(verify(plan, lowers).empty());
  EXPECT_NE(reasonFor(plan), "0 refusals");
}

TEST_F(VerifyLoad, APayloadUnderneathThatDoesNotFitIsNamed) {
  Plan lower = fitting();
  lower.xenDepends[0] ^= 0xff;
  std::vector<PayloadFile> lowers;
  lowers.push_back(linked(lower, "lower.livepatch"));
  const std::vector<Refusal> refusals = verify(fitting(), lowers);
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_EQ(refusals[0].code, RefusalCode::DependencyNotOfThisImage);
  EXPECT_EQ(refusals[0].location.file, "lower.livepatch");
}

} // namespace
} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/generated/build_file_effect.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

using Names = std::vector<std::string>;

TEST(BuildFileEffect, ObjectsThatComeAndGo) {
  const BuildFileEffect effect = effectOf(
      "obj-y += a.o\nobj-y += c.o\n",
      "obj-y += a.o b.o\n# new\nobj-$(CONFIG_X) += x.o\nobj-$(CONFIG_Y) += y.o\n", {"CONFIG_X"});
  EXPECT_EQ(effect.added, (Names{"b.o", "x.o"}));
  EXPECT_EQ(effect.removed, (Names{"c.o"}));
  EXPECT_EQ(effect.other, "");
}

TEST(BuildFileEffect, ObjectsOfALibraryComeAsOthersDo) {
  const BuildFileEffect effect =
      effectOf("lib-y += a.o\n", "lib-y += a.o\nlib-$(CONFIG_X) += b.o\n", {"CONFIG_X"});
  EXPECT_EQ(effect.added, (Names{"b.o"}));
  EXPECT_EQ(effect.other, "");
}

TEST(BuildFileEffect, AnObjectThatMovesIsNoChange) {
  const BuildFileEffect effect =
      effectOf("obj-y += a.o\nobj-y += b.o\n", "obj-y += b.o\nobj-y += a.o\n", {});
  EXPECT_TRUE(effect.added.empty() && effect.removed.empty() && effect.other.empty());
}

TEST(BuildFileEffect, TheVersionIsTold) {
  const BuildFileEffect effect =
      effectOf("export XEN_EXTRAVERSION ?= .3$(XEN_VENDORVERSION)\n",
               "export XEN_EXTRAVERSION ?= .4$(XEN_VENDORVERSION)\n", {});
  EXPECT_EQ(effect.versions, (Names{"export XEN_EXTRAVERSION ?= .4$(XEN_VENDORVERSION)"}));
  EXPECT_EQ(effect.other, "");
}

TEST(BuildFileEffect, OtherLinesAreNotGuessedAt) {
  EXPECT_EQ(effectOf("CFLAGS-y += -O1\n", "CFLAGS-y += -O2\n", {}).other, "- CFLAGS-y += -O1");
  EXPECT_EQ(effectOf("", "obj-y += sub/\n", {}).other, "+ obj-y += sub/");
  EXPECT_EQ(effectOf("", "obj-y += b.init.o\n", {}).other, "+ obj-y += b.init.o");
}

} // namespace
} // namespace suture::builder

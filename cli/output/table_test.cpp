// SPDX-License-Identifier: Apache-2.0
#include "cli/output/table.h"

#include <gtest/gtest.h>

namespace suture::output {
namespace {

TEST(RenderTable, AlignsColumns) {
  EXPECT_EQ(renderTable({"NAME", "STATE"}, {{"a", "applied"}, {"longer", "checked"}}),
            "NAME    STATE\n"
            "a       applied\n"
            "longer  checked\n");
}

TEST(RenderTable, GivesALongNameALineOfItsOwn) {
  const std::string name(127, 'x');
  EXPECT_EQ(renderTable({"NAME", "STATE"}, {{name, "applied"}, {"short", "checked"}}),
            "NAME   STATE\n" + name +
                "\n"
                "       applied\n"
                "short  checked\n");
}

TEST(RenderTable, CountsCharactersNotBytes) {
  EXPECT_EQ(renderTable({"N", "S"}, {{"ü", "1"}, {"u", "2"}}), "N  S\nü  1\nu  2\n");
}

TEST(Hex, HasTwoDigitsAByte) { EXPECT_EQ(hex({0x00, 0xfa, 0x1e}), "00fa1e"); }

} // namespace
} // namespace suture::output

// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/lib/symbols.h"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace suture::hv {
namespace {

struct Row {
  std::string name;
  uint32_t offset, size, type;
};

/// The bytes of a table; rows sorted by address.
std::vector<std::byte> table(const std::vector<Row> &rows) {
  std::string names;
  std::vector<SymbolEntry> entries;
  std::vector<uint32_t> ranks;
  for (const Row &row : rows) {
    ranks.push_back(static_cast<uint32_t>(ranks.size()));
    entries.push_back({row.offset, row.size, static_cast<uint32_t>(names.size()), row.type});
    names += row.name + '\0';
  }
  std::ranges::sort(ranks, {}, [&](uint32_t i) { return std::pair{rows[i].name, i}; });
  SymbolTableHeader header{{'S', 'U', 'T', 'S', 'Y', 'M', 'S', 0},
                           static_cast<uint32_t>(rows.size()),
                           static_cast<uint32_t>(names.size()),
                           0x1000};
  std::vector<std::byte> bytes;
  auto append = [&](const void *from, size_t size) {
    const auto *begin = static_cast<const std::byte *>(from);
    bytes.insert(bytes.end(), begin, begin + size);
  };
  append(&header, sizeof(header));
  append(entries.data(), entries.size() * sizeof(SymbolEntry));
  append(ranks.data(), ranks.size() * sizeof(uint32_t));
  append(names.data(), names.size());
  return bytes;
}

const std::vector<std::byte> sample = table({{"main", 0, 16, 2},
                                             {"a.cpp#helper", 16, 8, 2},
                                             {"end", 24, 0, 0},
                                             {"data", 24, 8, 1},
                                             {"b.cpp#helper", 64, 4, 2},
                                             {"twice", 80, 4, 2},
                                             {"twice", 96, 4, 2}});

TEST(SymbolTable, FindsByName) {
  SymbolTable symbols{ByteView{sample}};
  auto found = symbols.find("b.cpp#helper");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->first.address, 0x1040u);
  EXPECT_EQ(found->first.size, 4u);
  EXPECT_FALSE(found->ambiguous);
  EXPECT_FALSE(symbols.find("helper"));
  EXPECT_FALSE(symbols.find("zzz"));
  EXPECT_FALSE(symbols.find(""));
}

TEST(SymbolTable, SaysThatANameIsAmbiguous) {
  EXPECT_TRUE(SymbolTable{ByteView{sample}}.find("twice")->ambiguous);
}

TEST(SymbolTable, FindsWhatIsAroundAnAddress) {
  SymbolTable symbols{ByteView{sample}};
  EXPECT_EQ(symbols.around(0x100f)->name, "main");
  EXPECT_EQ(symbols.around(0x1018)->name, "data") << "prefers a symbol with a size";
  EXPECT_EQ(symbols.around(0x2000)->name, "twice");
  EXPECT_FALSE(symbols.around(0xfff));
}

TEST(SymbolTable, BytesThatAreNoTableGiveAnEmptyOne) {
  EXPECT_EQ(SymbolTable{ByteView{}}.size(), 0u);
  EXPECT_FALSE(SymbolTable{ByteView{}}.find("main"));
  EXPECT_FALSE(SymbolTable{ByteView{}}.around(0x1000));
  for (size_t size = 0; size < sample.size(); ++size)
    EXPECT_EQ(SymbolTable{ByteView{std::span{sample}.first(size)}}.size(), 0u);
}

} // namespace
} // namespace suture::hv

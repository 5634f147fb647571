// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/memory/page_table.h"

#include <gtest/gtest.h>
#include <map>
#include <utility>
#include <vector>

namespace suture::hv {
namespace {

/// Page tables in a map, with every write recorded, so that each moment can be looked at again.
class FakeMemory {
public:
  uint64_t load(HvPhys entry) const {
    auto found = entries_.find(entry);
    return found == entries_.end() ? 0 : found->second;
  }
  void store(HvPhys entry, uint64_t value) {
    writes.emplace_back(entry, value);
    entries_[entry] = value;
  }
  std::optional<HvPhys> allocateTable() {
    if (tablesLeft == 0)
      return std::nullopt;
    --tablesLeft;
    return next_ = next_ + pageSize;
  }
  /// The memory as it was after the first `count` writes.
  FakeMemory replay(size_t count) const {
    FakeMemory past;
    for (size_t i = 0; i < count; ++i)
      past.entries_[writes[i].first] = writes[i].second;
    return past;
  }

  std::vector<std::pair<HvPhys, uint64_t>> writes;
  unsigned tablesLeft = 100;

private:
  std::map<HvPhys, uint64_t> entries_;
  HvPhys next_{0x100000};
};

constexpr HvPhys root{0x1000};
constexpr Mapping readWrite{.access = Access::ReadWrite};
constexpr Mapping execute{.access = Access::ReadExecute};

TEST(PageTable, TranslatesWhatWasMapped) {
  FakeMemory memory;
  PageTable table{memory, root};
  ASSERT_TRUE(table.map(0xffff800000003000, {0x55000}, 2 * pageSize, readWrite));
  auto second = table.translate(0xffff800000004123);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->address.value, 0x56123u);
  EXPECT_EQ(second->bits, leafBits(readWrite));
  EXPECT_FALSE(table.translate(0xffff800000005000));
}

TEST(PageTable, NoAccessIsWritableAndExecutableForTheHypervisor) {
  for (Access access : {Access::ReadOnly, Access::ReadWrite, Access::ReadExecute}) {
    uint64_t bits = leafBits({.access = access});
    EXPECT_FALSE((bits & page_entry::writable) != 0 && (bits & page_entry::noExecute) == 0);
  }
}

TEST(PageTable, UsesLargePagesOnlyWhereTheyFit) {
  FakeMemory memory;
  PageTable table{memory, root};
  Mapping mapping{.access = Access::ReadWrite, .largePages = LargePages::Allow};
  ASSERT_TRUE(table.map(largePageSize - pageSize, {largePageSize - pageSize},
                        largePageSize + 2 * pageSize, mapping));
  EXPECT_EQ(table.translate(largePageSize - 1)->bits & page_entry::large, 0u);
  EXPECT_NE(table.translate(largePageSize + 0x12345)->bits & page_entry::large, 0u);
  EXPECT_EQ(table.translate(largePageSize + 0x12345)->address.value, largePageSize + 0x12345);
  EXPECT_EQ(table.translate(2 * largePageSize)->bits & page_entry::large, 0u);
}

TEST(PageTable, RefusesToMapTwice) {
  FakeMemory memory;
  PageTable table{memory, root};
  ASSERT_TRUE(table.map(0, {0x5000}, pageSize, readWrite));
  EXPECT_EQ(table.map(0, {0x6000}, pageSize, readWrite).error(), MapError::AlreadyMapped);
}

TEST(PageTable, RefusesUnalignedAddresses) {
  FakeMemory memory;
  PageTable table{memory, root};
  EXPECT_EQ(table.map(1, {0}, pageSize, readWrite).error(), MapError::Unaligned);
  EXPECT_EQ(table.unmap(0, 5).error(), MapError::Unaligned);
}

TEST(PageTable, ReportsThatThereIsNoMemoryForATable) {
  for (unsigned tables = 0; tables < 3; ++tables) {
    FakeMemory memory;
    memory.tablesLeft = tables;
    PageTable table{memory, root};
    EXPECT_EQ(table.map(0, {0}, pageSize, readWrite).error(), MapError::NoMemory);
    EXPECT_FALSE(table.translate(0));
  }
}

TEST(PageTable, MapsWithoutMemoryWhereTablesArePrepared) {
  FakeMemory memory;
  PageTable table{memory, root};
  EXPECT_EQ(table.prepareTables(pageSize, largePageSize).error(), MapError::Unaligned);
  ASSERT_TRUE(table.prepareTables(0xffffffffa0000000, 3 * largePageSize));
  memory.tablesLeft = 0;
  EXPECT_FALSE(table.translate(0xffffffffa0000000));
  for (uint64_t at : {0xffffffffa0000000, 0xffffffffa05ff000})
    EXPECT_TRUE(table.map(at, {0x5000}, pageSize, readWrite));
  EXPECT_EQ(table.map(0xffffffffa0600000, {0x5000}, pageSize, readWrite).error(),
            MapError::NoMemory);
}

TEST(PageTable, ProtectChangesRightsAndKeepsAddresses) {
  FakeMemory memory;
  PageTable table{memory, root};
  ASSERT_TRUE(table.map(0x7000, {0x5000}, 2 * pageSize, readWrite));
  ASSERT_TRUE(table.protect(0x7000, 2 * pageSize, execute));
  EXPECT_EQ(table.translate(0x8000)->bits, leafBits(execute));
  EXPECT_EQ(table.translate(0x8000)->address.value, 0x6000u);
  EXPECT_EQ(table.protect(0x9000, pageSize, execute).error(), MapError::NotMapped);
}

TEST(PageTable, UnmapOfPartOfALargePageIsRefused) {
  FakeMemory memory;
  PageTable table{memory, root};
  ASSERT_TRUE(table.map(0, {0}, largePageSize,
                        {.access = Access::ReadWrite, .largePages = LargePages::Allow}));
  EXPECT_EQ(table.unmap(0, pageSize).error(), MapError::LargePageInTheWay);
  ASSERT_TRUE(table.unmap(0, largePageSize));
  EXPECT_FALSE(table.translate(0x1000));
}

TEST(PageTable, EveryMomentOfAMapShowsTheOldOrTheNewMapping) {
  FakeMemory memory;
  PageTable table{memory, root};
  ASSERT_TRUE(table.map(0x1000, {0x5000}, pageSize, readWrite));
  const size_t before = memory.writes.size();
  ASSERT_TRUE(table.map(0x40000000, {0x8000}, pageSize, readWrite));
  for (size_t count = before; count <= memory.writes.size(); ++count) {
    FakeMemory past = memory.replay(count);
    PageTable view{past, root};
    EXPECT_EQ(view.translate(0x1000)->address.value, 0x5000u);
    auto fresh = view.translate(0x40000000);
    EXPECT_TRUE(!fresh || fresh->address.value == 0x8000u);
  }
}

} // namespace
} // namespace suture::hv

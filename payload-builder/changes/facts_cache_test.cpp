// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/facts_cache.h"

#include "payload-builder/changes/facts_format.h"
#include "payload-builder/support/files_read.h"
#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <sys/stat.h>

namespace suture::builder {
namespace {

namespace fs = std::filesystem;

/// A unit on disk and a cache beside it.
class Cache : public testing::Test {
protected:
  void SetUp() override {
    auto made = TempDir::create();
    ASSERT_TRUE(static_cast<bool>(made));
    folder_ = std::make_unique<TempDir>(std::move(*made));
    tree_.root = folder_->path() + "/tree";
    for (const char *path : {"first", "second"})
      fs::create_directories(tree_.root + "/" + path);
    file("second/x.h", "struct s { int a; long b; };\nstatic const int limit = 4;\n");
    file("x.c", "#include <x.h>\nint f(struct s *s) { return s->b < limit; }\nint n = 3;\n");
    command_ = {tree_.root,
                "x.c",
                "x.o",
                {"clang", "-O2", "-Ifirst", "-Isecond", "-c", "x.c", "-o", "x.o"}};
  }

  void file(const std::string &path, const std::string &text) {
    ASSERT_FALSE(static_cast<bool>(writeFile(tree_.root + "/" + path, text)));
  }

  CacheFolder::Options options() const { return {.folder = folder_->path() + "/cache"}; }
  /// The unit's facts through a new cache object, as bytes; "" where it does not compile.
  std::string facts(CacheFolder::Options options) {
    const CacheFolder folder(std::move(options));
    DiskFiles disk;
    FactsCache cache(folder, disk);
    tree_.filesRead = std::make_shared<FilesRead>();
    const UnitState unit{tree_, command_, Language::C, TreeState::Base, &changed_};
    auto read = cache.read(unit, changed_);
    use_ = cache.use();
    folder.trim();
    if (!read) {
      llvm::consumeError(read.takeError()); // Seen as "".
      return "";
    }
    CachedFacts plain;
    plain.facts = std::move(*read);
    return toBytes(plain);
  }
  std::string facts() { return facts(options()); }
  std::string factsWithoutCache() { return facts({.folder = ""}); }

  std::vector<fs::path> entries() const {
    std::vector<fs::path> result;
    for (const auto &entry : fs::directory_iterator(folder_->path() + "/cache"))
      result.push_back(entry.path());
    return result;
  }
  std::string onlyEntry() const {
    auto text = readFile(entries().at(0).string());
    return text ? *text : "";
  }

  std::unique_ptr<TempDir> folder_;
  SourceTree tree_;
  CompileCommand command_;
  std::vector<std::string> changed_ = {"x.c"};
  CacheUse use_;
};

TEST_F(Cache, GivesTheSameFactsWithAndWithoutAParse) {
  const std::string parsed = factsWithoutCache();
  ASSERT_NE(parsed, "");
  EXPECT_EQ(facts(), parsed);
  EXPECT_EQ(use_.misses, 1u);
  EXPECT_EQ(facts(), parsed);
  EXPECT_EQ(use_.hits, 1u);
  EXPECT_EQ(use_.misses, 0u);
}

TEST_F(Cache, ChangedHeaderIsParsedAgain) {
  const std::string before = facts();
  file("second/x.h", "struct s { int a; int more; long b; };\nstatic const int limit = 4;\n");
  const std::string after = facts();
  EXPECT_EQ(use_.misses, 1u);
  EXPECT_NE(after, before);
  EXPECT_EQ(after, factsWithoutCache());
}

TEST_F(Cache, ChangeInTheBaseBelowADiffIsParsedAgain) {
  const std::string before = facts();
  const std::string base = "#include <x.h>\nint f(struct s *s) { return s->a; }\n";
  tree_.files["x.c"].history = {base, base, base + "int m;\n"};
  EXPECT_NE(facts(), before);
  EXPECT_EQ(use_.misses, 1u);
  facts();
  EXPECT_EQ(use_.hits, 1u);
}

TEST_F(Cache, HeaderThatIsFoundEarlierNowIsParsed) {
  const std::string before = facts();
  file("first/x.h", "struct s { char c; long b; };\nstatic const int limit = 9;\n");
  EXPECT_NE(facts(), before);
  EXPECT_EQ(use_.misses, 1u);
}

TEST_F(Cache, FileThatIsReadByTwoNamesIsNoMiss) {
  fs::create_symlink("../second/x.h", tree_.root + "/first/y.h");
  file("x.c", "#include <x.h>\n#include <y.h>\nint n = limit;\n");
  file("second/x.h", "#pragma once\nstatic const int limit = 4;\n");
  const std::string parsed = facts();
  EXPECT_EQ(facts(), parsed);
  EXPECT_EQ(use_.hits, 1u);
}

TEST_F(Cache, OtherArgumentsAreOtherUnits) {
  facts();
  command_.arguments.insert(command_.arguments.begin() + 1, "-DOTHER=2");
  facts();
  EXPECT_EQ(use_.misses, 1u);
  EXPECT_EQ(entries().size(), 2u);
}

TEST_F(Cache, ChangedFilesOfTheDiffAreOfTheKey) {
  facts();
  changed_ = {"second/x.h", "x.c"};
  const std::string withRecord = facts();
  EXPECT_EQ(use_.misses, 1u);
  EXPECT_EQ(withRecord, factsWithoutCache());
}

TEST_F(Cache, DamagedEntryIsIgnoredAndWrittenAnew) {
  const std::string right = facts();
  const std::string path = entries().at(0).string(), entry = onlyEntry();
  for (size_t at = 0; at < entry.size(); at += 1 + entry.size() / 40) {
    std::string damaged = entry;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    ASSERT_FALSE(static_cast<bool>(writeFile(path, damaged)));
    EXPECT_EQ(facts(), right) << "byte " << at;
    EXPECT_EQ(use_.misses, 1u) << "byte " << at;
    EXPECT_EQ(onlyEntry(), entry) << "byte " << at;
  }
}

TEST_F(Cache, EntryThatIsCutShortIsIgnored) {
  const std::string right = facts();
  const std::string path = entries().at(0).string(), entry = onlyEntry();
  for (size_t size = 0; size < entry.size(); size += 1 + entry.size() / 20) {
    ASSERT_FALSE(static_cast<bool>(writeFile(path, entry.substr(0, size))));
    EXPECT_EQ(facts(), right);
    EXPECT_EQ(use_.misses, 1u);
  }
}

TEST_F(Cache, EntryOfAnotherUnitUnderThisNameIsIgnored) {
  facts();
  const fs::path first = entries().at(0);
  command_.arguments.insert(command_.arguments.begin() + 1, "-DN=2");
  facts();
  for (const fs::path &path : entries())
    if (path != first)
      fs::copy_file(first, path, fs::copy_options::overwrite_existing);
  facts();
  EXPECT_EQ(use_.misses, 1u);
}

TEST_F(Cache, KeepsToItsLimit) {
  facts();
  const uint64_t size = fs::file_size(entries().at(0));
  for (const char *option : {"-DA=1", "-DA=2", "-DA=3"}) {
    command_.arguments.insert(command_.arguments.begin() + 1, option);
    auto small = options();
    small.sizeLimit = 2 * size + size / 2;
    facts(small);
  }
  EXPECT_EQ(entries().size(), 2u);
}

TEST_F(Cache, FolderThatOthersMayWriteToIsNotUsed) {
  fs::create_directories(folder_->path() + "/cache");
  fs::permissions(folder_->path() + "/cache", fs::perms::all);
  EXPECT_EQ(facts(), factsWithoutCache());
  EXPECT_TRUE(entries().empty());
}

TEST_F(Cache, FolderThatCannotBeMadeIsDoneWithout) {
  file("nofolder", "");
  EXPECT_EQ(facts({.folder = tree_.root + "/nofolder/cache"}), factsWithoutCache());
}

TEST_F(Cache, UnitThatDoesNotCompileLeavesNoEntry) {
  file("x.c", "int f(\n");
  EXPECT_EQ(facts(), "");
  EXPECT_TRUE(entries().empty());
}

TEST(FactsFormat, ReadsBackWhatItWrote) {
  CachedFacts cached;
  cached.key.fill(7);
  cached.reads["/a"] = contentHash("text");
  cached.reads["/b"] = std::nullopt;
  cached.facts.functions["f"] = {.name = "f",
                                 .linkageNames = {"f", "g"},
                                 .location = {"x.c", 2, 3},
                                 .lastLine = 9,
                                 .signature = 1,
                                 .type = "int ()",
                                 .body = {2, 3},
                                 .records = {"struct s"},
                                 .constants = {"limit"},
                                 .callees = {"g", "h"},
                                 .enumerators = {{"A", "1", {"x.h", 1, 2}}},
                                 .isLambda = true,
                                 .invokes = "g",
                                 .addressUses = {}};
  cached.facts.enums["enum e"].enumerators["A"] = "-1";
  cached.facts.records["struct s"].fields.push_back({"a", "int", 0, 32});
  const auto read = fromBytes(toBytes(cached));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->key, cached.key);
  EXPECT_EQ(read->reads, cached.reads);
  EXPECT_EQ(toBytes(*read), toBytes(cached));
}

} // namespace
} // namespace suture::builder

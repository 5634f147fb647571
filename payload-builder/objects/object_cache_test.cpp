// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/object_cache.h"

#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <llvm/ADT/StringExtras.h>
#include <memory>

namespace suture::builder {
namespace {

namespace fs = std::filesystem;

/// A unit on disk and a cache beside it, with each of the compilers.
class ObjectsKept : public testing::TestWithParam<const char *> {
protected:
  void SetUp() override {
    auto made = TempDir::create();
    ASSERT_TRUE(static_cast<bool>(made));
    folder_ = std::make_unique<TempDir>(std::move(*made));
    for (const char *path : {"tree/first", "tree/second", "output"})
      fs::create_directories(folder_->path() + "/" + path);
    file("second/x.h", "enum { LIMIT = 4 };\n");
    file("x.c", "#include <x.h>\nint f(int x) { return x < LIMIT; }\n");
    command_ = {folder_->path() + "/tree",
                "x.c",
                "x.o",
                {GetParam(), "-O2", "-Ifirst", "-Isecond", "-c", "x.c", "-o", "x.o"}};
  }

  void file(const std::string &path, const std::string &text) {
    ASSERT_FALSE(static_cast<bool>(writeFile(folder_->path() + "/tree/" + path, text)));
  }

  /// The unit's object through a new cache object; "" where it does not compile.
  std::string object(const std::string &cacheFolder) {
    const CacheFolder folder({.folder = cacheFolder});
    DiskFiles disk;
    ObjectCache cache(folder, disk);
    auto file = cache.compile({.command = command_, .outputFolder = folder_->path() + "/output"});
    use_ = cache.use();
    if (!file) {
      llvm::consumeError(file.takeError()); // Seen as "".
      return "";
    }
    const auto bytes = file->bytes();
    return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
  }
  std::string object() { return object(folder_->path() + "/cache"); }
  std::string objectWithoutCache() { return object(""); }

  /// After what was changed, the cache must not have the object.
  void expectMadeAnew() {
    const std::string now = object();
    EXPECT_EQ(use_.hits, 0u);
    EXPECT_EQ(use_.misses, 1u);
    EXPECT_EQ(now, objectWithoutCache());
  }
  void expectKept() {
    const std::string now = object();
    EXPECT_EQ(use_.hits, 1u);
    EXPECT_EQ(use_.misses, 0u);
    EXPECT_EQ(now, objectWithoutCache());
  }

  std::vector<fs::path> entries() const {
    std::vector<fs::path> result;
    std::error_code none;
    for (const auto &entry : fs::directory_iterator(folder_->path() + "/cache", none))
      result.push_back(entry.path());
    return result;
  }
  size_t filesLeft() const {
    return static_cast<size_t>(
        std::distance(fs::directory_iterator(folder_->path() + "/output"), {}));
  }

  std::unique_ptr<TempDir> folder_;
  CompileCommand command_;
  CacheUse use_;
};

TEST_P(ObjectsKept, NothingChanged) {
  const std::string made = object();
  ASSERT_NE(made, "");
  EXPECT_EQ(use_.misses, 1u);
  expectKept();
  EXPECT_EQ(filesLeft(), 0u);
}

TEST_P(ObjectsKept, UntilTheSourceChanges) {
  object();
  file("x.c", "#include <x.h>\nint f(int x) { return x > LIMIT; }\n");
  expectMadeAnew();
}

TEST_P(ObjectsKept, UntilAHeaderChanges) {
  object();
  file("second/x.h", "enum { LIMIT = 5 };\n");
  expectMadeAnew();
}

TEST_P(ObjectsKept, UntilAHeaderIsGone) {
  object();
  fs::remove(folder_->path() + "/tree/second/x.h");
  EXPECT_EQ(object(), "");
  EXPECT_EQ(filesLeft(), 0u);
}

TEST_P(ObjectsKept, UntilAHeaderIsFoundEarlier) {
  object();
  file("first/x.h", "enum { LIMIT = 9 };\n");
  expectMadeAnew();
}

TEST_P(ObjectsKept, UntilAnArgumentChanges) {
  object();
  command_.arguments.insert(command_.arguments.begin() + 1, "-O1");
  expectMadeAnew();
  EXPECT_EQ(entries().size(), 2u);
}

TEST_P(ObjectsKept, UntilAVariableOfTheCompilerChanges) {
  object();
  ::setenv("CPATH", (folder_->path() + "/tree/first").c_str(), 1);
  expectMadeAnew();
  ::unsetenv("CPATH");
}

TEST_P(ObjectsKept, UntilTheCompilerIsAnother) {
  const std::string script = folder_->path() + "/compiler";
  const std::string text = std::string("#!/bin/sh\nexec ") + GetParam() + " \"$@\"";
  ASSERT_FALSE(static_cast<bool>(writeFile(script, text + "\n")));
  fs::permissions(script, fs::perms::owner_all);
  command_.arguments[0] = script;
  object();
  expectKept();
  ASSERT_FALSE(static_cast<bool>(writeFile(script, text + " -fno-inline\n")));
  expectMadeAnew();
}

TEST_P(ObjectsKept, UntilAFileThatTheAssemblerReadsChanges) {
  file("table.bin", "0123456789abcdef");
  file("x.c", "asm(\".section .rodata.table,\\\"a\\\"\\n.incbin \\\"table.bin\\\"\\n.text\");\n");
  const std::string before = object();
  ASSERT_NE(before, "");
  file("table.bin", "fedcba9876543210");
  const std::string after = object();
  EXPECT_NE(after, before);
  EXPECT_EQ(after, objectWithoutCache());
}

TEST_P(ObjectsKept, NeverWhereTheTimeGoesIn) {
  file("second/x.h", "enum { LIMIT = sizeof(__TIME__) };\n");
  object();
  EXPECT_TRUE(entries().empty());
}

TEST_P(ObjectsKept, NeverWithInputsThatNoListHas) {
  file("more", "-DN=1\n");
  command_.arguments.insert(command_.arguments.begin() + 1, "@more");
  object();
  EXPECT_TRUE(entries().empty());
}

TEST_P(ObjectsKept, NeverWhereTheMachineDecides) {
  command_.arguments.insert(command_.arguments.begin() + 1, "-march=native");
  object();
  EXPECT_TRUE(entries().empty());
}

TEST_P(ObjectsKept, NotWhereTheUnitDoesNotCompile) {
  file("x.c", "int f(\n");
  EXPECT_EQ(object(), "");
  EXPECT_TRUE(entries().empty());
  EXPECT_EQ(filesLeft(), 0u);
}

TEST_P(ObjectsKept, WithoutABitOfDamage) {
  const std::string right = object();
  const std::string path = entries().at(0).string();
  auto entry = readFile(path);
  ASSERT_TRUE(static_cast<bool>(entry));
  for (size_t at = 0; at < entry->size(); at += 1 + entry->size() / 8) {
    std::string damaged = *entry;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    for (const std::string &bad : {damaged, entry->substr(0, at)}) {
      ASSERT_FALSE(static_cast<bool>(writeFile(path, bad)));
      EXPECT_EQ(object(), right) << "byte " << at;
      EXPECT_EQ(use_.misses, 1u) << "byte " << at;
    }
  }
}

TEST_P(ObjectsKept, UnlessAnEntryIsMadeUp) {
  const std::string right = object();
  const std::string path = entries().at(0).string();
  for (const std::string header : {"{}", "[]", "7", "", "{\"key\": 7, \"inputs\": {}}",
                                   "{\"key\": {}, \"inputs\": {\"/dev/null\": 3}}"}) {
    const std::string rest = header + "\nno object";
    const std::string checksum = llvm::toHex(contentHash(rest));
    ASSERT_FALSE(static_cast<bool>(writeFile(path, checksum + "\n" + rest)));
    EXPECT_EQ(object(), right) << header;
    EXPECT_EQ(use_.misses, 1u) << header;
  }
}

TEST_P(ObjectsKept, UnderTheirOwnNameAlone) {
  object();
  const fs::path first = entries().at(0);
  command_.arguments.insert(command_.arguments.begin() + 1, "-O1");
  object();
  for (const fs::path &path : entries())
    if (path != first)
      fs::copy_file(first, path, fs::copy_options::overwrite_existing);
  expectMadeAnew();
}

INSTANTIATE_TEST_SUITE_P(Compilers, ObjectsKept, testing::Values("gcc", "clang"),
                         [](const auto &info) { return std::string(info.param); });

} // namespace
} // namespace suture::builder

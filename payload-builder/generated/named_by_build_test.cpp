// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/generated/named_by_build.h"

#include "payload-builder/support/temp_dir.h"
#include "payload-builder/support/text_file.h"

#include <filesystem>
#include <gtest/gtest.h>

namespace suture::builder {
namespace {

/// A tree with a unit hv/common/a.c.
class NamedByBuild : public testing::Test {
protected:
  NamedByBuild() { commands_.push_back({.command = {}, .source = root() + "/hv/common/a.c"}); }

  void file(const std::string &name, const std::string &text) {
    const std::filesystem::path full = root() + "/" + name;
    std::filesystem::create_directories(full.parent_path());
    llvm::cantFail(writeFile(full.string(), text));
  }
  /// The place that names a file; "": none does.
  std::string placeOf(const std::string &name) const {
    const auto found =
        filesNamedByBuild({.root = root(), .files = {}, .diffText = {}}, commands_, {name});
    return found.empty() ? "" : toString(found.at(name));
  }

  const std::string &root() const { return folder_.path(); }

  TempDir folder_ = llvm::cantFail(TempDir::create());
  std::vector<RecordedCommand> commands_;
};

TEST_F(NamedByBuild, ArePartsOfMakefiles) {
  file("Makefile", "all: dist\n\ninclude $(ROOT)/config/$(OS).mk\n");
  file("config/Linux.mk", "\n-include $(ROOT)/config/base/Tools.mk\n");
  file("config/base/Tools.mk", "CC = gcc\n");
  EXPECT_EQ(placeOf("config/Linux.mk"), "Makefile:3");
  EXPECT_EQ(placeOf("config/base/Tools.mk"), "config/Linux.mk:2");
  EXPECT_EQ(placeOf("other/Linux.mk"), "");
  EXPECT_EQ(placeOf("config/Linux.txt"), "");
}

TEST_F(NamedByBuild, AreMakefilesOfFoldersWithoutUnits) {
  file("hv/Makefile", "all:\n\t$(MAKE) $(build)=include all\n");
  file("hv/include/Makefile", "x.h: $(srctree)/tools/make-header.py\n\tpython3 $<\n");
  file("hv/tools/make-header.py", "\n");
  file("hv/test/Makefile", "\n");
  EXPECT_EQ(placeOf("hv/include/Makefile"), "hv/Makefile:2");
  EXPECT_EQ(placeOf("hv/tools/make-header.py"), "hv/include/Makefile:1");
  EXPECT_EQ(placeOf("hv/test/Makefile"), "");
  EXPECT_EQ(placeOf("test/make-header.py"), "");
}

TEST_F(NamedByBuild, AreFilesBesideAMakefile) {
  file("hv/common/Makefile", "# old.lst\nlist.h: $(srcdir)/names.lst gen.sh\n\t./gen.sh $<\n");
  EXPECT_EQ(placeOf("hv/common/names.lst"), "hv/common/Makefile:2");
  EXPECT_EQ(placeOf("hv/common/gen.sh"), "hv/common/Makefile:2");
  EXPECT_EQ(placeOf("hv/common/old.lst"), "");
  EXPECT_EQ(placeOf("hv/names.lst"), "");
}

TEST_F(NamedByBuild, AreFilesThatBazelLoads) {
  file("hv/BUILD", "load(\"//bazel:flags.bzl\", \"FLAGS\")\n");
  EXPECT_EQ(placeOf("bazel/flags.bzl"), "hv/BUILD:1");
  EXPECT_EQ(placeOf("bazel/other.bzl"), "");
}

TEST_F(NamedByBuild, AreNoneOfWhatIsAboveTheConfiguredFolder) {
  file("Makefile", "install: COPYING\n");
  file("Config.mk", "include $(ROOT)/config/x.mk\n");
  file("hv/Makefile", "include $(ROOT)/Config.mk\nall:\n\t$(MAKE) $(build)=tools\n");
  file("tools/Makefile", "\n");
  EXPECT_EQ(placeOf("COPYING"), "Makefile:1");
  file("hv/include/config/auto.conf", "\n");
  EXPECT_EQ(placeOf("COPYING"), "");
  EXPECT_EQ(placeOf("config/x.mk"), "Config.mk:1");
  EXPECT_EQ(placeOf("tools/Makefile"), "");
}

TEST_F(NamedByBuild, AreNoneOfOtherPrograms) {
  file("tools/Makefile", "include $(ROOT)/tools/Rules.mk\n");
  EXPECT_EQ(placeOf("tools/Rules.mk"), "");
}

} // namespace
} // namespace suture::builder

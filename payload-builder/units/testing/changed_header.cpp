// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/testing/changed_header.h"

#include "payload-builder/support/text_file.h"
#include "payload-builder/units/find_units.h"

#include <filesystem>

namespace suture::builder {

void ChangedHeader::file(const std::string &path, const std::string &text) {
  llvm::cantFail(writeFile(tree_.root + "/" + path, text));
}

void ChangedHeader::unit(const std::string &path, const std::string &text,
                         const std::string &options) {
  const std::string name = std::filesystem::path(path).stem().string();
  file(path, "#include \"y.h\"\n" + text);
  file("." + name + ".o.cmd", "cmd_" + name + ".o := gcc -I" + tree_.root + " " + options + " -c " +
                                  path + " -o " + name + ".o\n");
}

void ChangedHeader::header(const std::string &x, const std::string &patched, const std::string &y) {
  file("x.h", x);
  file("y.h", y);
  tree_.files["x.h"].history = {x, patched};
}

void ChangedHeader::others(unsigned count) {
  for (unsigned i = 1; i <= count; ++i)
    unit(std::to_string(i) + ".c", "int one;\n");
}

std::string ChangedHeader::kept() const {
  auto result = findUnits(tree_, CompileCommandSource());
  if (!result)
    return "error: " + llvm::toString(result.takeError());
  std::string names;
  for (const Unit &unit : result->units)
    names += unit.source + ' ';
  return names;
}

} // namespace suture::builder

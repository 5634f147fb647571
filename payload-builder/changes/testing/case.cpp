// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/testing/case.h"

#include "payload-builder/support/temp_dir.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace suture::builder::testing_support {
namespace {

/// One side of a text with marks.
std::string side(const std::string &text, bool patched) {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    size_t open = text.find("{{", at), middle = text.find("||", open),
           close = text.find("}}", middle);
    if (open == std::string::npos || middle == std::string::npos || close == std::string::npos)
      return result + text.substr(at);
    // Of three braces in a row the last two are the mark.
    while (text.compare(close + 1, 2, "}}") == 0)
      ++close;
    result += text.substr(at, open - at);
    result += patched ? text.substr(middle + 2, close - middle - 2)
                      : text.substr(open + 2, middle - open - 2);
    at = close + 2;
  }
  return result;
}

Unit unitOf(const std::string &root, const std::string &path) {
  bool isCxx = path.ends_with(".cpp");
  Unit unit;
  unit.command = {root,
                  path,
                  path + ".o",
                  {isCxx ? "clang++" : "clang", isCxx ? "-std=c++23" : "-std=gnu99", "-O2", "-c",
                   path, "-o", path + ".o"}};
  unit.source = path;
  unit.language = isCxx ? Language::Cxx : Language::C;
  return unit;
}

std::string lines(const std::vector<std::string> &list) {
  std::string text;
  for (const std::string &line : list)
    text += line + '\n';
  return text;
}

} // namespace

Case &Case::add(const std::string &path, const std::string &text, bool isUnit) {
  files_.push_back({path, side(text, false), side(text, true), isUnit});
  return *this;
}

/// The files exist in memory alone, below an empty folder.
llvm::Expected<ChangeSet> Case::run() const {
  auto folder = TempDir::create();
  if (!folder)
    return folder.takeError();
  SourceTree tree;
  tree.root = folder->path();
  std::vector<Unit> units;
  for (const File &file : files_) {
    tree.files[file.path].history = {file.base, file.patched};
    // The compiler's run was in a folder that exists; so is each file's.
    std::filesystem::create_directories(
        std::filesystem::path(tree.root + "/" + file.path).parent_path());
    if (file.isUnit)
      units.push_back(unitOf(tree.root, file.path));
  }
  for (Unit &unit : units)
    for (const File &file : files_)
      if (tree.files.at(file.path).changedByThisDiff() &&
          (!file.isUnit || file.path == unit.source))
        unit.changedFiles.push_back(file.path);
  for (Unit &unit : units)
    std::ranges::sort(unit.changedFiles);
  return findChanges(tree, units, {.manyUnits = manyUnits_});
}

std::string Case::dump() const {
  auto changes = run();
  return changes ? builder::dump(*changes) : "error: " + llvm::toString(changes.takeError());
}

std::string Case::functionChanges() const {
  auto changes = run();
  if (!changes)
    return "error: " + llvm::toString(changes.takeError());
  std::vector<std::string> list;
  for (const UnitChanges &unit : changes->units)
    for (const Change &change : unit.changes)
      if (change.kind == ChangeKind::FunctionBody || change.kind == ChangeKind::FunctionSignature)
        list.push_back(
            fmt::format("{}: {}: {}", kindName(change.kind), change.name, change.detail));
  return lines(list);
}

std::string Case::refusals() const {
  auto changes = run();
  if (!changes)
    return "error: " + llvm::toString(changes.takeError());
  std::vector<std::string> list;
  for (const Refusal &refusal : changes->refusals)
    list.push_back(fmt::format("{} {}:{} {}", codeName(refusal.code), refusal.location.file,
                               refusal.location.line, refusal.subject));
  return lines(list);
}

std::string Case::escapes() const {
  auto changes = run();
  if (!changes)
    return "error: " + llvm::toString(changes.takeError());
  std::vector<std::string> list;
  for (const UnitChanges &unit : changes->units)
    for (const Escape &escape : unit.escapes)
      list.push_back(toString(escape));
  return lines(list);
}

} // namespace suture::builder::testing_support

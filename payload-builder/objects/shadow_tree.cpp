// SPDX-License-Identifier: Apache-2.0
// gcc has no file overlay, so a patched unit is compiled in a tree that looks like the original.
//
// Folders are real and files are links, because a compiler resolves `#include "../x.h"` through the
// folder it found the including file in: a link to a folder would lead back into the original tree,
// past a changed header. The links cost about 5 us each in memory, and a hundred times that on a
// disk; Xen has 3,235 of them. So a tree may also begin empty, and be given the names that a unit
// can open at all. Left out of a whole one are what no compiler reads
// (objects, archives, `.git`) and what leads out of the tree: a link in the tree to a folder is
// kept as a link where it points outside, and becomes a real folder where it points inside (Xen's
// include/asm), so that a changed file is changed under each of its names.
#include "payload-builder/objects/shadow_tree.h"

#include "payload-builder/support/text_file.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>
#include <utility>

namespace suture::builder {

namespace {

namespace fs = std::filesystem;

/// Deepest nesting of links to folders inside the tree that is followed.
constexpr int maxLinkDepth = 4;

bool isLeftOut(const fs::path &name) {
  static const std::set<std::string> extensions = {".o", ".a", ".so", ".d", ".cmd", ".pic"};
  return name == ".git" || extensions.contains(name.extension().string());
}

/// A header that the build made may lead the assembler to itself by an absolute path:
/// `asm(".include \"/root/include/macros.h\"")`. No argument says so.
std::string withIncludesIn(std::string text, const std::string &root, const std::string &shadow) {
  static constexpr std::string_view directive = ".include";
  for (size_t at = text.find(directive); at != std::string::npos;
       at = text.find(directive, at + 1)) {
    const size_t path = text.find_first_not_of(" \t\\\"", at + directive.size());
    if (path != std::string::npos && text.compare(path, root.size() + 1, root + "/") == 0)
      text.replace(path, root.size(), shadow);
  }
  return text;
}

class ShadowWriter final {
public:
  ShadowWriter(fs::path root, fs::path shadow, const std::map<std::string, FileText> &texts)
      : root_(std::move(root)), shadow_(std::move(shadow)), texts_(texts) {}

  llvm::Error write() {
    if (llvm::Error error = mirror("", "", 0))
      return error;
    // What is left are files that the tree does not have.
    for (const auto &[path, text] : texts_)
      if (text && !written_.contains(path))
        if (llvm::Error error = writeText(path, *text))
          return error;
    return llvm::Error::success();
  }

private:
  /// Mirrors root/original as shadow/shown; the two differ below a link to a folder.
  llvm::Error mirror(const fs::path &original, const fs::path &shown, int linkDepth) {
    std::error_code error;
    fs::create_directories(shadow_ / shown, error);
    if (error)
      return llvm::createFileError((shadow_ / shown).string(), error);
    fs::directory_iterator entries(root_ / original, error);
    if (error)
      return llvm::createFileError((root_ / original).string(), error);
    for (const fs::directory_entry &entry : entries) {
      const fs::path name = entry.path().filename();
      if (isLeftOut(name))
        continue;
      if (llvm::Error failed = mirrorEntry(entry, original / name, shown / name, linkDepth))
        return failed;
    }
    return llvm::Error::success();
  }

  llvm::Error mirrorEntry(const fs::directory_entry &entry, const fs::path &original,
                          const fs::path &shown, int linkDepth) {
    std::error_code error;
    fs::path source = original;
    if (entry.is_symlink(error)) {
      const fs::path real = fs::canonical(entry.path(), error);
      const fs::path inside = error ? fs::path() : real.lexically_relative(root_);
      if (error || inside.empty() || *inside.begin() == "..")
        return link(entry.path(), shown);
      source = inside;
      ++linkDepth;
    }
    if (fs::is_directory(root_ / source, error))
      return linkDepth > maxLinkDepth ? link(entry.path(), shown)
                                      : mirror(source, shown, linkDepth);
    const auto changed = texts_.find(source.string());
    if (changed == texts_.end())
      return link(root_ / source, shown);
    written_.insert(changed->first);
    return changed->second ? writeText(shown, *changed->second) : llvm::Error::success();
  }

  llvm::Error link(const fs::path &target, const fs::path &shown) const {
    std::error_code error;
    fs::create_symlink(target, shadow_ / shown, error);
    return error ? llvm::createFileError((shadow_ / shown).string(), error)
                 : llvm::Error::success();
  }

  llvm::Error writeText(const fs::path &shown, const std::string &text) const {
    const fs::path path = shadow_ / shown;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error)
      return llvm::createFileError(path.parent_path().string(), error);
    return writeFile(path.string(), withIncludesIn(text, root_.string(), shadow_.string()));
  }

  const fs::path root_, shadow_;
  const std::map<std::string, FileText> &texts_;
  std::set<std::string> written_;
};

/// The file's text; none where it is not there.
FileText textOnDisk(const fs::path &path) {
  auto text = readFile(path.string());
  if (text)
    return std::move(*text);
  llvm::consumeError(text.takeError());
  return std::nullopt;
}

/// Replaces each place where `from` stands as a whole path or the start of one.
std::string replacePath(std::string text, const std::string &from, const std::string &to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    const size_t end = at + from.size();
    if (end < text.size() && text[end] != '/' && text[end] != ':' && text[end] != ',' &&
        text[end] != '=' && text[end] != '\'' && text[end] != '"') {
      at = end;
      continue;
    }
    text.replace(at, from.size(), to);
    at += to.size();
  }
  return text;
}

} // namespace

ShadowTree::ShadowTree(TempDir folder, std::string root)
    : folder_(std::move(folder)), root_(std::move(root)) {}

llvm::Expected<ShadowTree> ShadowTree::create(const std::string &root,
                                              const std::map<std::string, FileText> &texts) {
  auto folder = TempDir::create();
  if (!folder)
    return folder.takeError();
  ShadowTree tree(std::move(*folder), root);
  if (llvm::Error error = ShadowWriter(root, tree.path(), texts).write())
    return error;
  return tree;
}

bool areOnDisk(const std::string &root, const std::map<std::string, FileText> &texts) {
  return std::ranges::all_of(texts, [&](const auto &entry) {
    return textOnDisk(fs::path(root) / entry.first) == entry.second;
  });
}

llvm::Expected<ShadowTree> ShadowTree::createEmpty(const std::string &root,
                                                   const std::map<std::string, FileText> &texts) {
  auto folder = TempDir::create();
  if (!folder)
    return folder.takeError();
  ShadowTree tree(std::move(*folder), root);
  for (const auto &[path, text] : texts) {
    tree.changed_.insert(path);
    const fs::path file = fs::path(tree.path()) / path;
    std::error_code error;
    if (text)
      fs::create_directories(file.parent_path(), error);
    if (error)
      return llvm::createFileError(file.parent_path().string(), error);
    if (text)
      if (llvm::Error failed = writeFile(file.string(), withIncludesIn(*text, root, tree.path())))
        return failed;
  }
  return tree;
}

llvm::Error ShadowTree::show(const std::vector<std::string> &names) {
  for (const std::string &name : names)
    if (name.starts_with(root_ + "/") && shown_.insert(name).second)
      if (llvm::Error error = showFile(name.substr(root_.size() + 1)))
        return error;
  return llvm::Error::success();
}

/// Goes down a name as the system does. `place` is where it leads, relative to the root and without
/// links, so that `..` means in the shadow what it means in the tree.
llvm::Error ShadowTree::showFile(const std::string &name) {
  const fs::path root = root_, shadow = path();
  fs::path place;
  const fs::path whole = name;
  const auto failed = [](const fs::path &file, std::error_code error) {
    return llvm::createFileError(file.string(), error);
  };
  for (auto part = whole.begin(); part != whole.end(); ++part) {
    std::error_code error;
    if (*part == "." || part->empty())
      continue;
    if (*part == "..") {
      place = place.parent_path();
      continue;
    }
    fs::path next = place / *part;
    const bool isFile = std::next(part) == whole.end();
    if (changed_.contains(next.string()))
      return llvm::Error::success(); // Written, or hidden, from the start.
    if (fs::is_symlink(root / next, error)) {
      const fs::path real = fs::canonical(root / next, error);
      const fs::path inside = error ? fs::path() : real.lexically_relative(root);
      const bool leadsOut = error || inside.empty() || *inside.begin() == "..";
      std::error_code exists; // It may have been made for another name.
      fs::create_symlink(leadsOut ? real : shadow / inside, shadow / next, exists);
      if (exists && exists != std::errc::file_exists)
        return failed(shadow / next, exists);
      if (leadsOut)
        return llvm::Error::success();
      next = inside;
      if (isFile) // The link's target has a name of its own.
        return inside.string() == name ? llvm::Error::success() : showFile(inside.string());
      fs::create_directories(shadow / next, error);
      if (error)
        return failed(shadow / next, error);
    } else if (isFile) {
      fs::create_symlink(root / next, shadow / next, error);
      if (error && error != std::errc::file_exists)
        return failed(shadow / next, error);
    } else {
      fs::create_directory(shadow / next, error);
      if (error && error != std::errc::file_exists)
        return failed(shadow / next, error);
    }
    place = next;
  }
  return llvm::Error::success();
}

std::string ShadowTree::translate(const std::string &argument) const {
  return replacePath(argument, root_, folder_.path());
}

std::string ShadowTree::untranslate(std::string text) const {
  const std::string prefix = folder_.path() + "/";
  for (size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at))
    text.erase(at, prefix.size());
  return replacePath(std::move(text), folder_.path(), root_);
}

} // namespace suture::builder

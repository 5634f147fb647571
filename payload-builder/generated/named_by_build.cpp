// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/generated/named_by_build.h"

#include "payload-builder/support/text_file.h"
#include "payload-builder/units/build_rules.h"

#include <algorithm>
#include <filesystem>
#include <fnmatch.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Path.h>
#include <utility>
#include <vector>

namespace suture::builder {

namespace {

namespace fs = std::filesystem;
namespace path = llvm::sys::path;

constexpr const char *configuration = "include/config/auto.conf";

/// `$(XEN_ROOT)/config/$(XEN_OS).mk` -> `*/config/*.mk`
std::string withStars(llvm::StringRef text) {
  std::string result;
  while (!text.empty()) {
    if (text.starts_with("$(") || text.starts_with("${")) {
      text = text.drop_front(std::min(text.find_first_of(")}"), text.size() - 1) + 1);
      result += '*';
    } else {
      result += text.front();
      text = text.drop_front();
    }
  }
  return result;
}

bool isMatch(const std::string &pattern, llvm::StringRef name) {
  return fnmatch(pattern.c_str(), name.str().c_str(), 0) == 0;
}

/// The last two parts of a path in a build file; a folder that says nothing is "".
struct Mention {
  std::string folder, name;

  explicit Mention(llvm::StringRef word)
      : folder(path::filename(path::parent_path(word))), name(path::filename(word)) {
    if (llvm::StringRef(folder).find_first_of("*./") == 0)
      folder.clear();
  }
  bool means(llvm::StringRef file, const std::set<std::string> &ownFolders) const {
    const llvm::StringRef itsFolder = path::parent_path(file);
    return isMatch(name, path::filename(file)) &&
           (folder.empty() ? ownFolders.contains(itsFolder.str())
                           : isMatch(folder, path::filename(itsFolder)));
  }
};

class BuildFiles final {
public:
  BuildFiles(const SourceTree &tree, const std::set<std::string> &files)
      : tree_(tree), files_(files) {}

  std::map<std::string, SourceLocation> run(std::span<const RecordedCommand> commands) {
    addFoldersOf(commands);
    // work_ grows as it is worked on: what is nearest to the units comes first.
    for (size_t next = 0; next < work_.size(); ++next)
      read(std::string(work_[next]));
    return std::move(found_);
  }

private:
  /// Up to the folder that has the configuration, where there is one.
  void addFoldersOf(std::span<const RecordedCommand> commands) {
    std::set<std::string> folders;
    for (const RecordedCommand &recorded : commands)
      for (std::string folder = pathInTree(tree_.root, recorded.source);
           !folder.empty() && !path::is_absolute(folder);) {
        folder = path::parent_path(folder).str();
        if (!folders.insert(folder).second ||
            fs::exists(fs::path(tree_.root) / folder / configuration))
          break;
      }
    for (const std::string &folder : folders)
      addFilesIn(folder, [](const std::string &name) { return isBuildFile(name); });
  }

  /// Build files of a folder whose name is taken.
  template <typename Takes> void addFilesIn(const std::string &folder, Takes &&takes) {
    const fs::path full = fs::path(tree_.root) / folder;
    std::error_code error;
    if (fs::is_symlink(full, error))
      return; // It has the same files under another name.
    for (fs::directory_iterator entry(full, error), end; !error && entry != end;
         entry.increment(error))
      if (const std::string name = entry->path().filename().string();
          takes(name) && entry->is_regular_file())
        add((fs::path(folder) / name).string());
  }

  void add(const std::string &file) {
    if (known_.insert(file).second)
      work_.push_back(file);
  }

  void read(const std::string &file) {
    auto text = readFile(tree_.root + "/" + file);
    if (!text) {
      llvm::consumeError(text.takeError()); // Who cannot read it does not build with it.
      return;
    }
    unsigned number = 0;
    for (llvm::StringRef rest = *text; !rest.empty();) {
      const auto [line, after] = rest.split('\n');
      rest = after;
      ++number;
      readLine({file, number, 0}, line.split('#').first.trim());
    }
  }

  void readLine(const SourceLocation &place, llvm::StringRef line) {
    llvm::StringRef included = line;
    included.consume_front("-");
    included.consume_front("s");
    if (included.consume_front("include ")) {
      const std::string names = withStars(included);
      llvm::SmallVector<llvm::StringRef> words;
      llvm::SplitString(names, words);
      for (const llvm::StringRef word : words)
        include(place, Mention(word));
      return;
    }
    // kbuild's way down: `$(MAKE) $(build)=include all`.
    for (auto [before, rest] = line.split("build)="); !rest.empty();
         std::tie(before, rest) = rest.split("build)="))
      goDown(place, rest.take_while(isOfPath));
    // `//bazel/debian:defs.bzl` is one word, and `target:script` two.
    for (llvm::StringRef rest = line; !rest.empty();) {
      rest = rest.drop_until([](char c) { return isOfPath(c) || c == ':'; });
      const llvm::StringRef word = rest.take_while([](char c) { return isOfPath(c) || c == ':'; });
      rest = rest.drop_front(word.size());
      name(place, word);
      if (word.contains(':')) {
        std::string path = word.str();
        std::ranges::replace(path, ':', '/');
        name(place, path);
        name(place, word.rsplit(':').second);
      }
    }
  }

  static bool isOfPath(char c) {
    return llvm::isAlnum(c) || c == '_' || c == '.' || c == '+' || c == '-' || c == '/';
  }

  void name(const SourceLocation &place, llvm::StringRef word) {
    const Mention mention(word.ltrim('/'));
    // A makefile is named by its folder.
    if (mention.name == "Makefile")
      return;
    find(place, mention, {path::parent_path(place.file).str()});
    if (isBuildFile(mention.name) && !mention.folder.empty())
      follow(mention, foldersAbove(place.file));
  }

  void include(const SourceLocation &place, const Mention &mention) {
    // A variable holds it, or a function of make finds it; or it is that of another folder.
    if (mention.name.find_first_not_of("*)") == std::string::npos ||
        (mention.name == "Makefile" && mention.folder.empty()))
      return;
    const std::set<std::string> above = foldersAbove(place.file);
    find(place, mention, above);
    follow(mention, above);
  }

  void goDown(const SourceLocation &place, llvm::StringRef folder) {
    const std::string own = path::parent_path(place.file).str();
    const std::string file =
        (fs::path(own) / folder.str() / "Makefile").lexically_normal().string();
    if (files_.contains(file))
      found_.try_emplace(file, place);
    add(file);
  }

  void find(const SourceLocation &place, const Mention &mention,
            const std::set<std::string> &ownFolders) {
    for (const std::string &file : files_)
      if (mention.means(file, ownFolders))
        found_.try_emplace(file, place);
  }

  /// Reads the files that are meant, too.
  void follow(const Mention &mention, const std::set<std::string> &above) {
    for (const std::string &folder : above)
      addFilesIn((fs::path(folder) / mention.folder).string(),
                 [&](const std::string &name) { return isMatch(mention.name, name); });
  }

  /// A file's folder, and those that lead to it.
  static std::set<std::string> foldersAbove(const std::string &file) {
    std::set<std::string> folders;
    for (llvm::StringRef folder = file; !folder.empty();) {
      folder = path::parent_path(folder);
      folders.insert(folder.str());
    }
    return folders;
  }

  const SourceTree &tree_;
  const std::set<std::string> &files_;
  std::map<std::string, SourceLocation> found_;
  std::set<std::string> known_;
  std::vector<std::string> work_;
};

} // namespace

std::map<std::string, SourceLocation> filesNamedByBuild(const SourceTree &tree,
                                                        std::span<const RecordedCommand> commands,
                                                        const std::set<std::string> &files) {
  if (files.empty())
    return {};
  return BuildFiles(tree, files).run(commands);
}

} // namespace suture::builder

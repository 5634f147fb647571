// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/units/include_scan.h"

// A build that keeps no dependency files (Bazel removes them, a cache never had them) leaves the
// question which units see a changed header. Preprocessing every unit answers it exactly, at 0.07 s
// each; reading each file of the tree once for its `#include` lines answers it in milliseconds,
// with a few units too many, which the comparison of preprocessed tokens then takes out again.
//
// Headers outside the tree cannot be changed by a diff, and do not include what is in it: they are
// not followed.

#include "payload-builder/support/text_file.h"

#include <algorithm>
#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

namespace suture::builder {
namespace {

namespace path = llvm::sys::path;

bool isBelow(const std::string &file, const std::string &root) {
  return file.size() > root.size() && file.starts_with(root) && file[root.size()] == '/';
}

} // namespace

IncludeScan::SearchPath IncludeScan::searchPathOf(const CompileCommand &command) {
  SearchPath result;
  auto folder = [&](llvm::StringRef name) {
    llvm::SmallString<256> full(name);
    if (!path::is_absolute(name)) {
      full = command.directory;
      path::append(full, name);
    }
    return std::string(full);
  };
  for (size_t i = 1; i < command.arguments.size(); ++i) {
    llvm::StringRef argument = command.arguments[i];
    auto value = [&](llvm::StringRef option) -> std::optional<std::string> {
      if (argument == option && i + 1 < command.arguments.size())
        return command.arguments[++i];
      if (argument.size() > option.size() && argument.consume_front(option))
        return argument.str();
      return std::nullopt;
    };
    for (llvm::StringRef option :
         {"-iquote", "-include", "-imacros", "-isystem", "-idirafter", "-I"}) {
      auto name = value(option);
      if (!name)
        continue;
      if (option == "-include" || option == "-imacros")
        result.forced.push_back(*name);
      else
        (option == "-iquote" ? result.quoted : result.all).push_back(folder(*name));
      break;
    }
  }
  return result;
}

const std::vector<IncludeScan::Include> &IncludeScan::includesOf(const std::string &file) {
  auto [entry, isNew] = includes_.try_emplace(file);
  if (!isNew)
    return entry->second;
  std::vector<std::string> texts;
  if (auto changed = tree_.files.find(file.substr(std::min(file.size(), tree_.root.size() + 1)));
      changed != tree_.files.end()) {
    if (changed->second.base())
      texts.push_back(*changed->second.base());
    if (changed->second.patched())
      texts.push_back(*changed->second.patched());
  } else if (auto onDisk = readFile(file)) {
    texts.push_back(std::move(*onDisk));
  } else {
    llvm::consumeError(onDisk.takeError()); // The front end will say so, if it matters.
  }
  for (const std::string &text : texts)
    if (text.find("__has_include") != std::string::npos)
      asking_.insert(file);
  for (const std::string &text : texts)
    for (llvm::StringRef rest = text; !rest.empty();) {
      auto [line, after] = rest.split('\n');
      rest = after;
      line = line.ltrim();
      if (!line.consume_front("#"))
        continue;
      line = line.ltrim();
      Include include;
      if (line.consume_front("include_next"))
        include.next = true;
      else if (!line.consume_front("include") && !line.consume_front("import"))
        continue;
      line = line.ltrim();
      if (line.consume_front("\"")) {
        include.quoted = true;
        include.name = line.split('"').first.str();
      } else if (line.consume_front("<")) {
        include.name = line.split('>').first.str();
      } else if (line.starts_with("__FILE__")) {
        continue; // The file itself.
      } else {
        include.computed = true;
      }
      entry->second.push_back(std::move(include));
    }
  return entry->second;
}

/// The file of that name in a folder, if it is in the tree.
std::optional<std::string> IncludeScan::resolve(const std::string &folder,
                                                const std::string &name) {
  const std::string &file = paths_.of(folder, name);
  const auto [entry, isNew] = isThere_.try_emplace(file);
  if (isNew)
    entry->second =
        isBelow(file, tree_.root) && (tree_.files.contains(file.substr(tree_.root.size() + 1)) ||
                                      llvm::sys::fs::is_regular_file(file));
  return entry->second ? std::optional(file) : std::nullopt;
}

IncludeScan::Found IncludeScan::follow(const RecordedCommand &recorded) {
  SearchPath search = searchPathOf(recorded.command);
  Found found;
  // With the folder that its own names count from: the one that it was found in, also where it is
  // a link.
  std::set<std::pair<std::string, std::string>> known;
  std::vector<std::pair<std::string, std::string>> work;
  auto visit = [&](const std::string &folder, const std::string &name) {
    auto file = resolve(folder, name);
    if (!file)
      return;
    const std::string full = path::is_absolute(name) ? name : folder + "/" + name;
    found.names.insert(full);
    found.files.insert(*file);
    std::pair place(*file, paths_.ofFolder(path::parent_path(full)));
    if (known.insert(place).second)
      work.push_back(std::move(place));
  };
  visit(recorded.command.directory, recorded.source);
  visit(recorded.command.directory, recorded.command.file);
  for (const std::string &name : search.forced) {
    visit(recorded.command.directory, name);
    for (const auto *folders : {&search.quoted, &search.all})
      for (const std::string &searched : *folders)
        visit(searched, name);
  }
  while (!work.empty()) {
    const auto [file, folder] = std::move(work.back());
    work.pop_back();
    for (const Include &include : includesOf(file)) {
      found.anything |= include.computed;
      if (include.computed)
        continue;
      // Every place that has the name is followed, not just the first: no order to get wrong, and
      // #include_next is covered.
      visit(folder, include.name);
      for (const std::string &searched : search.quoted)
        visit(searched, include.name);
      for (const std::string &searched : search.all)
        visit(searched, include.name);
    }
  }
  return found;
}

std::optional<std::vector<std::string>> IncludeScan::inputs(const RecordedCommand &recorded) {
  const Found found = follow(recorded);
  if (found.anything)
    return std::nullopt;
  return std::vector<std::string>(found.files.begin(), found.files.end());
}

std::optional<std::vector<std::string>> IncludeScan::names(const RecordedCommand &recorded) {
  // What is known here of the search; `-iprefix` and its like change it.
  static constexpr llvm::StringLiteral Known[] = {"-iquote", "-include", "-imacros", "-isystem",
                                                  "-idirafter"};
  for (llvm::StringRef argument : recorded.command.arguments)
    if (argument.starts_with("@") || argument.starts_with("--include") ||
        argument.starts_with("-I-") ||
        (argument.starts_with("-Wp,") && !argument.starts_with("-Wp,-M")) ||
        argument.starts_with("-fprofile") || argument.starts_with("-fauto-profile") ||
        (argument.starts_with("-i") &&
         llvm::none_of(Known, [&](llvm::StringRef name) { return argument.starts_with(name); })))
      return std::nullopt;
  const Found found = follow(recorded);
  // A folder that is left again must be there, even if nothing in it is opened.
  for (const std::string &file : found.files) {
    if (asking_.contains(file))
      return std::nullopt;
    for (const Include &include : includesOf(file))
      if (llvm::StringRef(include.name).ltrim("./").contains("/../"))
        return std::nullopt;
  }
  if (found.anything)
    return std::nullopt;
  std::vector<std::string> names(found.names.begin(), found.names.end());
  // Where the compiler runs, and what it is told to compile.
  const std::string &directory = recorded.command.directory, &file = recorded.command.file;
  names.push_back(directory + "/.");
  names.push_back(path::is_absolute(file) ? file : directory + "/" + file);
  return names;
}

} // namespace suture::builder

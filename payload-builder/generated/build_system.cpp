// SPDX-License-Identifier: Apache-2.0
// What a build made of a changed file has to be made anew by the same recipe, and the recipe is
// make's: variables, functions and includes, a recursion that hands variables down. Only make can
// tell what it means, and only the call that the build used is certain to be right. That call is
// not recorded. But its outcome is: the made file in the tree. So calls are tried, and one counts
// when it makes, from the unchanged source, the very file that the tree has:
//
//   1. The build file itself, in its folder, where it includes what it needs. Paths that a variable
//      begins are there in the tree, which tells the variable:
//         cpuid-autogen.h: $(BASEDIR)/tools/gen-cpuid.py      BASEDIR = the folder with tools/...
//   2. What the outermost makefile exports to its recursion is asked of it (a goal of our own that
//      prints the environment), and the build file is run with that: by itself, or through a
//      Rules.mk above it that includes it, as Kbuild-style trees do: in the build file's folder, or
//      in its own with `obj=` that folder.
//
// All runs happen in a private copy. The made file and what lies between are removed first: make
// has to make them, whatever it thinks of the times of files.
#include "payload-builder/generated/build_system.h"

#include "payload-builder/support/process.h"
#include "payload-builder/support/text_file.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/ADT/StringRef.h>
#include <utility>

namespace suture::builder {

namespace {

namespace fs = std::filesystem;

std::string textOf(const std::string &path) {
  auto text = readFile(path);
  if (text)
    return std::move(*text);
  llvm::consumeError(text.takeError()); // No such file: nothing in it.
  return "";
}

size_t countLinesThatStart(llvm::StringRef text, llvm::StringRef start) {
  size_t count = 0;
  while (!text.empty()) {
    auto [line, rest] = text.split('\n');
    count += line.starts_with(start) ? 1 : 0;
    text = rest;
  }
  return count;
}

/// The first errors in what make and a compiler wrote about their failure; where no line is one,
/// the first lines.
std::string firstErrors(llvm::StringRef text) {
  constexpr size_t most = 5;
  llvm::SmallVector<llvm::StringRef> lines;
  text.split(lines, '\n', -1, /*KeepEmpty=*/false);
  const auto isNoError = [](llvm::StringRef line) {
    return !line.contains("error:") && !line.contains("Error");
  };
  if (!llvm::all_of(lines, isNoError))
    llvm::erase_if(lines, isNoError);
  lines.truncate(std::min(lines.size(), most));
  return llvm::join(lines, "\n");
}

/// Says where two texts differ first.
std::string firstOtherLine(llvm::StringRef expected, llvm::StringRef found) {
  for (unsigned number = 1;; ++number) {
    auto [ours, restOfOurs] = expected.split('\n');
    auto [theirs, restOfTheirs] = found.split('\n');
    if (ours != theirs || restOfOurs.empty() || restOfTheirs.empty())
      return fmt::format("line {} is '{}', and comes out as '{}'", number, ours.str(),
                         theirs.str());
    expected = restOfOurs;
    found = restOfTheirs;
  }
}

/// Whoever called us may be a make; its flags are not for this one.
const std::vector<std::string> ownEnvironment = {"LC_ALL=C", "MAKEFLAGS=", "MFLAGS=", "MAKELEVEL="};

} // namespace

llvm::Expected<BuildSystem> BuildSystem::create(const SourceTree &tree) {
  auto copy = PrivateCopy::create(tree.root);
  if (!copy)
    return copy.takeError();
  return BuildSystem(tree, std::move(*copy));
}

std::string BuildSystem::pathInCopy(const std::string &file) const {
  return file.empty() ? copy_.path() : copy_.path() + "/" + file;
}

/// Variables that begin a path which is there in a folder above the build file: `NAME=FOLDER`.
std::vector<std::string> BuildSystem::pathVariables(const std::string &buildFile) const {
  std::map<std::string, std::string> found;
  const std::string text = textOf(pathInCopy(buildFile));
  for (size_t at = text.find("$("); at != std::string::npos; at = text.find("$(", at + 1)) {
    const size_t close = text.find_first_of(") \t\n", at);
    if (close == std::string::npos || text[close] != ')' || text.compare(close + 1, 1, "/") != 0)
      continue;
    const std::string name = text.substr(at + 2, close - at - 2);
    const size_t start = close + 2, end = text.find_first_of(" \t\n$(),;:\\\"'", start);
    const std::string rest = text.substr(start, end - start);
    if (rest.empty() || found.contains(name))
      continue;
    fs::path folder = fs::path(buildFile).parent_path();
    for (;; folder = folder.parent_path()) {
      if (fs::exists(fs::path(copy_.path()) / folder / rest)) {
        found[name] = pathInCopy(folder.string());
        break;
      }
      if (folder.empty())
        break;
    }
  }
  std::vector<std::string> result;
  for (const auto &[name, folder] : found)
    result.push_back(name + "=" + folder);
  return result;
}

const std::vector<std::string> &BuildSystem::exportedVariables(const std::string &folder) {
  const auto [entry, isNew] = exported_.try_emplace(folder);
  if (!isNew)
    return entry->second;
  // Kbuild-style trees write their configuration anew where the folder's name is another, which
  // takes two thirds of the time: it is the tree's own, and current.
  auto result = runProcess(
      {.arguments = {"make", "-s", "--no-print-directory", "--assume-old=include/config/auto.conf",
                     "--assume-old=include/config/auto.conf.cmd", "-C", pathInCopy(folder),
                     "--eval=.suture:;@env -0", ".suture"},
       .directory = copy_.path(),
       .environment = ownEnvironment});
  if (!result) {
    llvm::consumeError(result.takeError()); // The calls that need it fail, and say so.
    return entry->second;
  }
  llvm::SmallVector<llvm::StringRef> words;
  llvm::StringRef(result->output).split(words, '\0', -1, /*KeepEmpty=*/false);
  for (const llvm::StringRef word : words)
    if (word.contains('=') && !word.starts_with("MAKE") && !word.starts_with("MFLAGS=") &&
        !word.starts_with("PWD=") && !word.starts_with("OLDPWD="))
      entry->second.push_back(word.str());
  return entry->second;
}

std::vector<BuildSystem::Call> BuildSystem::callsFor(const MadeChain &chain) {
  const fs::path folder = fs::path(chain.rule.buildFile).parent_path();
  const std::string target = chain.rule.isAnywhere
                                 ? pathInCopy(chain.file())
                                 : fs::path(chain.file()).lexically_relative(folder).string();
  const auto callOf = [&](const std::string &file, std::vector<std::string> environment) {
    environment.insert(environment.end(), ownEnvironment.begin(), ownEnvironment.end());
    return Call{{"make", "--no-print-directory", "-C", pathInCopy(folder.string()), "-f",
                 pathInCopy(file), target},
                std::move(environment)};
  };
  const auto kbuildCallOf = [&](const fs::path &wrapper, const fs::path &made,
                                std::vector<std::string> environment) {
    const fs::path from = wrapper.parent_path();
    environment.insert(environment.end(), ownEnvironment.begin(), ownEnvironment.end());
    return Call{{"make", "--no-print-directory", "-C", pathInCopy(from.string()), "-f",
                 pathInCopy(wrapper.string()), "obj=" + folder.lexically_relative(from).string(),
                 made.lexically_relative(from).string()},
                std::move(environment)};
  };
  std::vector<Call> calls;
  const std::string text = textOf(pathInCopy(chain.rule.buildFile));
  const bool isExporting = countLinesThatStart(text, "export ") > 0;
  // Debian has no `python`, which many makefiles fall back to.
  std::vector<std::string> variables = pathVariables(chain.rule.buildFile);
  variables.emplace_back("PYTHON=python3");
  if (!isExporting)
    calls.push_back(callOf(chain.rule.buildFile, variables));
  // The makefile above that exports most is where the build begins.
  std::string exporter;
  size_t most = 0;
  std::vector<std::string> wrappers;
  for (fs::path above = folder;; above = above.parent_path()) {
    const size_t count =
        countLinesThatStart(textOf(pathInCopy((above / "Makefile").string())), "export ");
    if (count > most) {
      most = count;
      exporter = above.string();
    }
    if (fs::exists(pathInCopy((above / "Rules.mk").string())))
      wrappers.push_back((above / "Rules.mk").string());
    if (above.empty())
      break;
  }
  if (most == 0)
    return calls;
  const std::vector<std::string> &exported = exportedVariables(exporter);
  for (const std::string &wrapper : wrappers) {
    if (llvm::StringRef(textOf(pathInCopy(wrapper))).contains("$(obj)"))
      calls.push_back(kbuildCallOf(wrapper, chain.file(), exported));
    calls.push_back(callOf(wrapper, exported));
  }
  calls.push_back(callOf(chain.rule.buildFile, exported));
  return calls;
}

llvm::Expected<Remade> BuildSystem::run(const Call &call, const MadeChain &chain) const {
  std::error_code error;
  for (const std::string &file : chain.files)
    fs::remove(pathInCopy(file), error);
  auto result = runProcess(
      {.arguments = call.arguments, .directory = copy_.path(), .environment = call.environment});
  if (!result)
    return Remade{std::nullopt, toString(result.takeError())};
  if (result->status != 0)
    return Remade{std::nullopt, "make fails:\n" + copy_.untranslate(firstErrors(result->errors))};
  auto text = readFile(pathInCopy(chain.file()));
  if (!text) {
    llvm::consumeError(text.takeError());
    return Remade{std::nullopt, "make does not make it"};
  }
  return Remade{copy_.untranslate(std::move(*text)), ""};
}

llvm::Expected<Remade> BuildSystem::remake(const MadeChain &chain, size_t version) {
  if (llvm::Error error = copy_.show(tree_.files, version))
    return error;
  if (version != 0) {
    const auto call = proven_.find(chain.file());
    return call == proven_.end() ? Remade{std::nullopt, "it is not known how it is made"}
                                 : run(call->second, chain);
  }
  const std::string own = textOf(tree_.root + "/" + chain.file());
  Remade last{std::nullopt, "no makefile above it exports anything"};
  for (const Call &call : callsFor(chain)) {
    auto made = run(call, chain);
    if (!made)
      return made.takeError();
    if (made->text && *made->text == own) {
      proven_.insert_or_assign(chain.file(), call);
      return made;
    }
    if (made->text)
      made = Remade{std::nullopt,
                    "made of the unchanged source, its " + firstOtherLine(own, *made->text)};
    last = std::move(*made);
  }
  return last;
}

llvm::Expected<std::vector<Remade>> BuildSystem::configure(const std::string &folder,
                                                           const std::vector<std::string> &files,
                                                           size_t version) {
  if (llvm::Error error = copy_.show(tree_.files, version))
    return error;
  std::vector<Remade> result(files.size());
  for (const char *goal : {"olddefconfig", "syncconfig"}) {
    auto run = runProcess({.arguments = {"make", "-s", "-C", pathInCopy(folder), goal},
                           .directory = copy_.path(),
                           .environment = ownEnvironment});
    if (run && run->status == 0)
      continue;
    const std::string problem = run ? firstErrors(run->errors) : toString(run.takeError());
    for (Remade &made : result)
      made.problem = fmt::format("make {} fails:\n{}", goal, copy_.untranslate(problem));
    return result;
  }
  for (size_t i = 0; i < files.size(); ++i) {
    std::string text = textOf(pathInCopy(files[i]));
    const std::string own = version == 0 ? textOf(tree_.root + "/" + files[i]) : text;
    if (text == own && !text.empty())
      result[i].text = std::move(text);
    else
      result[i].problem =
          fmt::format("of the unchanged source, {}'s {}", files[i], firstOtherLine(own, text));
  }
  return result;
}

llvm::Expected<BuildSystem *> LazyBuildSystem::get() {
  if (!build_) {
    auto build = BuildSystem::create(tree_);
    if (!build)
      return build.takeError();
    build_.emplace(std::move(*build));
  }
  return &*build_;
}

} // namespace suture::builder

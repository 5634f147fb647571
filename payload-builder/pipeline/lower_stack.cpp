// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/pipeline/lower_stack.h"

#include <algorithm>
#include <filesystem>
#include <optional>

namespace suture::builder {

namespace {

namespace fs = std::filesystem;

bool same(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  return std::ranges::equal(a, b);
}

Refusal refuse(const std::string &path, std::string reason, std::string advice) {
  return {.stage = Stage::Verify,
          .code = RefusalCode::DependencyNotOfThisImage,
          .location = {.file = path},
          .subject = "",
          .reason = std::move(reason),
          .advice = std::move(advice)};
}

/// A payload of that build-id in a folder.
std::optional<PayloadFile> findBeside(const std::string &path, std::span<const uint8_t> id) {
  std::error_code error;
  std::vector<fs::path> candidates;
  const fs::path folder = fs::absolute(path, error).parent_path();
  for (const auto &entry : fs::directory_iterator(folder, error))
    if (entry.path().extension() == ".livepatch")
      candidates.push_back(entry.path());
  std::ranges::sort(candidates);
  for (const fs::path &candidate : candidates) {
    auto payload = PayloadFile::open(candidate.string());
    // Other files of that name are none of this stack's business.
    if (!payload)
      llvm::consumeError(payload.takeError());
    else if (same(payload->buildId(), id))
      return std::move(*payload);
  }
  return std::nullopt;
}

} // namespace

llvm::Expected<LowerStack> readLowerStack(const TargetImage &image,
                                          const std::vector<std::string> &paths) {
  LowerStack result;
  std::vector<PayloadFile> open;
  for (const std::string &path : paths) {
    auto payload = PayloadFile::open(path);
    if (!payload)
      return payload.takeError();
    if (!same(payload->xenDepends(), image.buildId())) {
      result.refusals.push_back(refuse(path,
                                       "it was built for the hypervisor with build-id " +
                                           toHex(payload->xenDepends()) + ", and the image has " +
                                           toHex(image.buildId()),
                                       "Build it again for this image."));
      continue;
    }
    open.push_back(std::move(*payload));
  }
  // What they depend on comes in until only the hypervisor is left to depend on.
  for (size_t i = 0; i < open.size(); ++i) {
    const auto wanted = open[i].depends();
    if (same(wanted, image.buildId()) ||
        std::ranges::any_of(open, [&](const auto &p) { return same(p.buildId(), wanted); }))
      continue;
    const std::string path = open[i].file().path();
    if (auto found = findBeside(path, wanted))
      open.push_back(std::move(*found));
    else
      result.refusals.push_back(refuse(path,
                                       "it depends on the payload with build-id " + toHex(wanted) +
                                           ", which is not at hand",
                                       "Name that payload with --depends too."));
  }
  if (!result.refusals.empty())
    return result;
  std::vector<uint8_t> top(image.buildId().begin(), image.buildId().end());
  while (!open.empty()) {
    const auto next =
        std::ranges::find_if(open, [&](const auto &p) { return same(p.depends(), top); });
    if (next == open.end()) {
      result.refusals.push_back(refuse(open.front().file().path(),
                                       "it and the other payloads do not form one stack",
                                       "Name payloads that depend on one another."));
      return result;
    }
    top.assign(next->buildId().begin(), next->buildId().end());
    result.payloads.push_back(std::move(*next));
    open.erase(next);
  }
  return result;
}

} // namespace suture::builder

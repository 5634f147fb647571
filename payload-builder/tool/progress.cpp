// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/tool/progress.h"

#include "payload-builder/tool/output.h"

#include <fmt/format.h>
#include <unistd.h>

namespace suture::builder {

namespace {

constexpr std::chrono::milliseconds firstAfter(1000), againAfter(250);
/// ECMA-48: carriage return, erase in line.
constexpr std::string_view eraseLine = "\r\x1b[K";

} // namespace

std::string progressText(const Progress &progress, double seconds) {
  std::string text = fmt::format("{:5.1f} s  {}", seconds, stageName(progress.stage));
  if (progress.all != 0)
    text += fmt::format("  {} of {} units", progress.done, progress.all);
  return text;
}

ProgressLine::ProgressLine() {
  if (::isatty(STDERR_FILENO) != 0)
    thread_ = std::jthread([this](const std::stop_token &stop) { run(stop); });
}

ProgressLine::~ProgressLine() = default;

void ProgressLine::show(const Progress &progress) {
  const std::lock_guard<std::mutex> lock(mutex_);
  progress_ = progress;
}

void ProgressLine::run(const std::stop_token &stop) {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto isStopped = [&] { return stop.stop_requested(); };
  bool shown = false;
  for (auto wait = firstAfter; !stopped_.wait_for(lock, stop, wait, isStopped); wait = againAfter) {
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    printDiagnostic(std::string(eraseLine) + progressText(progress_, seconds));
    shown = true;
  }
  if (shown)
    printDiagnostic(eraseLine);
}

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#include "cli/tests/program.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace suture::testing {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

Program::Program(std::vector<std::string> arguments, std::vector<std::string> environment) {
  std::array<int, 2> out;
  std::array<int, 2> err;
  if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("no pipes");
  std::vector<char *> pointers;
  for (std::string &argument : arguments)
    pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    for (std::string &variable : environment)
      putenv(variable.data());
    execv(pointers[0], pointers.data());
    _exit(127);
  }
  close(out[1]);
  close(err[1]);
  out_ = out[0];
  err_ = err[0];
}

Program::~Program() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  for (const int fd : {out_, err_}) {
    if (fd >= 0)
      close(fd);
  }
}

void Program::signal(int number) const { kill(pid_, number); }

void Program::drain(int wait) {
  std::array<pollfd, 2> fds{pollfd{out_, POLLIN, 0}, pollfd{err_, POLLIN, 0}};
  if (poll(fds.data(), fds.size(), wait) <= 0)
    return;
  for (size_t index = 0; index < fds.size(); ++index) {
    if (fds[index].revents == 0)
      continue;
    std::array<char, 4096> bytes;
    const ssize_t got = read(fds[index].fd, bytes.data(), bytes.size());
    if (got > 0)
      (index == 0 ? finished_.out : finished_.err).append(bytes.data(), static_cast<size_t>(got));
    if (got == 0) {
      int &fd = index == 0 ? out_ : err_;
      close(fd);
      fd = -1;
    }
  }
}

bool Program::waitForOutput(const std::string &text) {
  const auto deadline = Clock::now() + std::chrono::seconds{30};
  while (finished_.out.find(text) == std::string::npos) {
    if (Clock::now() >= deadline || (out_ < 0 && err_ < 0))
      return false;
    drain(50);
  }
  return true;
}

Finished Program::wait(std::chrono::seconds bound) {
  const auto deadline = Clock::now() + bound;
  int status = 0;
  bool killed = false;
  while (true) {
    drain(10);
    if (waitpid(pid_, &status, WNOHANG) == pid_)
      break;
    if (!killed && Clock::now() >= deadline) {
      kill(pid_, SIGKILL);
      killed = true;
    }
  }
  pid_ = -1;
  // A daemon that it left behind may hold the pipes open: what is there now is all.
  for (int rounds = 0; rounds < 100 && (out_ >= 0 || err_ >= 0); ++rounds) {
    const size_t before = finished_.out.size() + finished_.err.size();
    drain(0);
    if (finished_.out.size() + finished_.err.size() == before && rounds > 4)
      break;
  }
  finished_.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return finished_;
}

std::string runfile(const std::string &path) {
  const char *sources = std::getenv("TEST_SRCDIR");
  const char *workspace = std::getenv("TEST_WORKSPACE");
  if (sources == nullptr || workspace == nullptr)
    throw std::runtime_error("not run by bazel test");
  return std::string(sources) + "/" + workspace + "/" + path;
}

std::string suturePath() { return runfile("cli/suture"); }

ScratchFolder::ScratchFolder() {
  std::string pattern = std::filesystem::temp_directory_path().string() + "/suture-testXXXXXX";
  if (mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error("no scratch folder");
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored; // a leftover folder in /tmp is no failure of a test
  std::filesystem::remove_all(path_, ignored);
}

std::string ScratchFolder::file(const std::string &name, const std::string &content) const {
  const std::string path = path_ + "/" + name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

} // namespace suture::testing

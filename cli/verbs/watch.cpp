// SPDX-License-Identifier: Apache-2.0
// The watching process listens on a socket whose name is made from target and payload; a
// confirmation is a line that names both, answered with "ok". The lock-free part of it: bind() at
// one path succeeds for one process only, and a socket that nobody answers at is left over from one
// that was killed.

#include "cli/verbs/watch.h"

#include "cli/client/stream.h"
#include "cli/client/unix_address.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace suture::verbs {

using client::Clock;
using client::Deadline;
using client::ErrorKind;
using client::Expected;
using client::failure;
using client::systemError;
using client::UniqueFd;

namespace {

constexpr char armOrder = 'a';
constexpr char cancelOrder = 'c';

std::string requestText(const WatchKey &key) { return key.target + "\n" + key.payload + "\n"; }

/// The socket's path. Names may be longer than file names, so it holds their FNV-1a hash; the
/// request names them in full.
std::string socketPath(const WatchKey &key) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char character : requestText(key))
    hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3;
  return fmt::format("{}/{:016x}.sock", key.folder, hash);
}

Expected<UniqueFd> listenFor(const WatchKey &key) {
  if (mkdir(key.folder.c_str(), 0700) != 0 && errno != EEXIST)
    return std::unexpected(systemError("cannot make " + key.folder, errno));
  const std::string path = socketPath(key);
  if (client::connectUnix(path))
    return failure(ErrorKind::Refused, EEXIST, key.payload + " is on probation already");
  unlink(path.c_str());
  auto address = client::UnixAddress::of(path);
  if (!address)
    return std::unexpected(address.error());
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd || bind(fd.get(), address->get(), address->size()) != 0 || listen(fd.get(), 8) != 0)
    return std::unexpected(systemError("cannot listen at " + path, errno));
  return fd;
}

/// Leaves the terminal and all descriptors but the two that the watch needs.
void detach(const UniqueFd &order, const UniqueFd &listener, const std::string &log) {
  setsid();
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number : {SIGHUP, SIGINT, SIGPIPE})
    signal(number, SIG_IGN);
  const int null = open("/dev/null", O_RDWR);
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dup2(null, STDIN_FILENO);
  dup2(out >= 0 ? out : null, STDOUT_FILENO);
  dup2(out >= 0 ? out : null, STDERR_FILENO);
  for (int fd = 3; fd < 1024; ++fd) {
    if (fd != order.get() && fd != listener.get())
      close(fd);
  }
}

/// Takes one request. \returns whether it ends this watch.
bool serve(const UniqueFd &listener, const WatchKey &key) {
  UniqueFd fd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd)
    return false;
  client::Stream stream(std::move(fd), nullptr);
  const Deadline deadline = Clock::now() + std::chrono::seconds{2};
  std::string request(requestText(key).size(), '\0');
  if (!stream.receive(std::as_writable_bytes(std::span(request)), deadline) ||
      request != requestText(key))
    return false;
  // Before the answer: who has it finds no watch any more, and may start the next.
  unlink(socketPath(key).c_str());
  const std::string answer = "ok\n";
  // Who asked and did not wait for the answer has confirmed all the same.
  (void)stream.send(std::as_bytes(std::span(answer)), deadline);
  return true;
}

/// The process's life; removes its socket. \returns its exit status.
int watch(const UniqueFd &order, const UniqueFd &listener, const WatchKey &key,
          std::chrono::milliseconds span, const Watch::Revert &revert) {
  char word = armOrder;
  // No order at all: who started this has died and cannot say whether the payload is applied.
  if (read(order.get(), &word, 1) == 1 && word == cancelOrder) {
    unlink(socketPath(key).c_str());
    return 0;
  }
  const Deadline deadline = Clock::now() + span;
  while (Clock::now() < deadline) {
    pollfd fd{listener.get(), POLLIN, 0};
    if (poll(&fd, 1, client::pollTimeout(deadline)) > 0 && serve(listener, key))
      return 0;
  }
  const auto reverted = revert();
  unlink(socketPath(key).c_str());
  if (!reverted)
    fmt::print(stderr, "{} was not confirmed and could not be reverted: {}\n", key.payload,
               reverted.error().reason);
  return reverted ? 0 : 1;
}

} // namespace

Expected<Watch> Watch::start(const WatchKey &key, std::chrono::milliseconds span, Revert revert) {
  auto listener = listenFor(key);
  if (!listener)
    return std::unexpected(listener.error());
  std::array<int, 2> pair;
  if (pipe2(pair.data(), O_CLOEXEC) != 0)
    return std::unexpected(systemError("cannot make a pipe", errno));
  UniqueFd order(pair[0]);
  UniqueFd ours(pair[1]);
  fflush(nullptr);
  const pid_t process = fork();
  if (process < 0)
    return std::unexpected(systemError("cannot start a process", errno));
  if (process != 0)
    return Watch(std::move(ours), process);
  const std::string log = socketPath(key) + ".log";
  detach(order, *listener, log);
  const int status = watch(order, *listener, key, span, revert);
  if (status == 0)
    unlink(log.c_str());
  _exit(status);
}

Watch::~Watch() {
  if (order_) [[maybe_unused]]
    const ssize_t written = write(order_.get(), &cancelOrder, 1);
}

void Watch::arm() {
  // If this fails the process sees the pipe's end, which means the same.
  [[maybe_unused]] const ssize_t written = write(order_.get(), &armOrder, 1);
  order_.reset();
}

Expected<void> endWatch(const WatchKey &key) {
  auto fd = client::connectUnix(socketPath(key));
  if (!fd)
    return failure(ErrorKind::Refused, ENOENT, key.payload + " is not on probation");
  client::Stream stream(std::move(*fd), nullptr);
  const Deadline deadline = Clock::now() + std::chrono::seconds{5};
  const std::string request = requestText(key);
  auto answered = stream.send(std::as_bytes(std::span(request)), deadline);
  std::string answer(3, '\0');
  if (answered)
    answered = stream.receive(std::as_writable_bytes(std::span(answer)), deadline);
  if (!answered && answered.error().kind == ErrorKind::Unreachable)
    return failure(ErrorKind::Refused, ENOENT,
                   key.payload + " is not on probation any more: it was confirmed or reverted at "
                                 "this very moment");
  return answered;
}

} // namespace suture::verbs

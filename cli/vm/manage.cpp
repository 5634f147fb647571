// SPDX-License-Identifier: Apache-2.0
#include "cli/vm/manage.h"

#include "cli/client/stream.h"

#include <cerrno>

namespace suture::vm {

client::Expected<nlohmann::json> askManager(const InstancePaths &paths, std::string_view command,
                                            std::chrono::milliseconds bound) {
  auto fd = client::connectUnix(paths.manage());
  if (!fd)
    return std::unexpected(fd.error());
  client::Stream stream(std::move(*fd), nullptr);
  const client::Deadline deadline = client::Clock::now() + bound;
  const std::string request = nlohmann::json{{"command", command}}.dump() + "\n";
  SUTURE_CLIENT_TRY(stream.send(std::as_bytes(std::span(request)), deadline));
  std::string line;
  for (char character = 0; character != '\n' && line.size() < 64 * 1024; line += character)
    SUTURE_CLIENT_TRY(stream.receive(std::as_writable_bytes(std::span(&character, 1)), deadline));
  auto answer = nlohmann::json::parse(line, nullptr, false);
  if (!answer.is_object())
    return client::failure(client::ErrorKind::Protocol, EPROTO, "malformed answer of the VM");
  return answer;
}

} // namespace suture::vm

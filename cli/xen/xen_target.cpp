// SPDX-License-Identifier: Apache-2.0
#include "cli/xen/xen_target.h"

#include "cli/xen/surroundings.h"

#include <cerrno>

namespace suture::xen {

using client::Expected;

Expected<std::shared_ptr<LivepatchCall>> openXen() {
  auto functions = loadXencall();
  if (!functions) {
    const std::string why = explainSurroundings("", 0);
    if (!why.empty())
      return client::failure(client::ErrorKind::Unreachable, ENODEV, "no Xen: " + why);
    return std::unexpected(functions.error());
  }
  auto xencall = Xencall::open(*functions);
  if (!xencall) {
    client::ClientError error = std::move(xencall).error();
    const std::string why = explainSurroundings("", error.errnoValue);
    if (!why.empty())
      error.reason = "no Xen: " + why + " (" + error.reason + ")";
    return std::unexpected(std::move(error));
  }
  auto hypervisor = Hypervisor::open(std::move(*xencall));
  if (!hypervisor)
    return std::unexpected(hypervisor.error());
  return std::make_shared<LivepatchCall>(std::move(*hypervisor));
}

Expected<client::Call> openXenCall(client::Interrupt *interrupt) {
  auto call = openXen();
  if (!call)
    return std::unexpected(call.error());
  return [interrupt, carry = makeCall(std::move(*call))](
             format::LivepatchOp &op,
             std::span<const client::Buffer> buffers) -> Expected<client::Outcome> {
    if (interrupt != nullptr && interrupt->count() != 0)
      return client::failure(client::ErrorKind::Interrupted, EINTR, "interrupted");
    return carry(op, buffers);
  };
}

} // namespace suture::xen

// SPDX-License-Identifier: Apache-2.0
#include "cli/xen/bounce.h"

#include "runtime/format/payload.h"

#include <algorithm>
#include <cstring>

namespace suture::xen {

using client::Expected;
using format::Command;
using format::Handle;
using format::LivepatchOp;
using format::SegmentDirection;

namespace {

/// Room for metadata of payloads that came between a client's probe and its list. Xen before 4.21
/// writes them without asking how much room there is; what goes beyond even this is behind the
/// memory's end, where Xen's copy fails.
constexpr size_t metadataSlack = 256 * 1024;

bool isList(const LivepatchOp &op) { return op.command == static_cast<uint32_t>(Command::List); }

bool sharesMetadata(const LivepatchOp &op) {
  return isList(op) && op.u.list.metadata == op.u.list.metadataLength;
}

size_t roomFor(const CallerSegment &segment, const LivepatchOp &op, bool bounded) {
  const size_t size = segment.bytes.size();
  if (!isList(op) || bounded || op.u.list.count > format::maxListEntries)
    return size;
  if (segment.address == op.u.list.name)
    return std::max(size, size_t{op.u.list.count} * format::nameSize);
  if (segment.address == op.u.list.metadata && !sharesMetadata(op))
    return size + metadataSlack;
  return size;
}

} // namespace

std::vector<Handle *> handlesOf(LivepatchOp &op) {
  switch (static_cast<Command>(op.command)) {
  case Command::Upload:
    return {&op.u.upload.name.name, &op.u.upload.payload};
  case Command::Get:
    return {&op.u.get.name.name};
  case Command::List:
    return {&op.u.list.status, &op.u.list.name, &op.u.list.nameLength, &op.u.list.metadata,
            &op.u.list.metadataLength};
  case Command::Action:
    return {&op.u.action.name.name};
  case Command::Detail:
  case Command::ActionOnProbation:
  case Command::Confirm:
  case Command::DetailOf:
    break; // never given to Xen
  }
  return {};
}

Expected<Bounce> Bounce::make(const Hypervisor &hypervisor, const LivepatchOp &op,
                              std::span<const CallerSegment> segments) {
  const bool bounded = hypervisor.interfaceVersion() >= firstBoundedList;
  Bounce bounce({});
  for (const CallerSegment &segment : segments) {
    auto memory = hypervisor.xencall().allocate(roomFor(segment, op, bounded));
    if (!memory)
      return std::unexpected(memory.error());
    if (segment.direction == SegmentDirection::In && !segment.bytes.empty())
      std::memcpy(memory->bytes().data(), segment.bytes.data(), segment.bytes.size());
    bounce.pieces_.push_back({segment, std::move(*memory)});
  }
  if (sharesMetadata(op) && op.u.list.count != 0) {
    auto spare = hypervisor.xencall().allocate(metadataSlack);
    if (!spare)
      return std::unexpected(spare.error());
    bounce.spare_ = std::move(*spare);
  }
  return bounce;
}

uint64_t Bounce::translate(Handle handle) const {
  for (const Piece &piece : pieces_) {
    if (handle >= piece.segment.address &&
        handle - piece.segment.address < piece.segment.bytes.size())
      return piece.memory.address() + (handle - piece.segment.address);
  }
  return 0;
}

LivepatchOp Bounce::translate(const LivepatchOp &op) const {
  LivepatchOp translated = op;
  for (Handle *handle : handlesOf(translated))
    *handle = translate(*handle);
  if (spare_.address() != 0)
    translated.u.list.metadata = spare_.address();
  return translated;
}

void Bounce::copyOut() const {
  for (const Piece &piece : pieces_) {
    if (piece.segment.direction == SegmentDirection::Out && !piece.segment.bytes.empty())
      std::memcpy(piece.segment.bytes.data(), piece.memory.bytes().data(),
                  piece.segment.bytes.size());
  }
}

} // namespace suture::xen

// SPDX-License-Identifier: Apache-2.0
// Reading the list while others change it.
//
// One call copies at most 1,024 payloads, so that a long list takes several, and between two of
// them somebody may upload, unload or apply. Entries are counted from the front: after an unload,
// everything behind it has moved up by one, and a walk that goes on would miss a payload. Each
// answer therefore carries the list's version. When it differs from the probe's, nothing read so
// far is kept: new probe, new buffers, index 0. (libxc keeps its offsets and continues in
// mid-list.)
//
//   probe(nr = 0) -> count, version, bytes of all names, bytes of all metadata
//   walk: list(index) -> entries copied; index += copied; until none is left
//   ENOBUFS (a buffer is too short by now), EINVAL behind the end (the list shrank) -> afresh
//   E2BIG -> half the batch
//
// A list that is never still long enough ends in TryAgain after a fixed number of tries.
// Hypervisors that change states without changing the version (stock Xen) can still mix states of
// two moments.

#include "cli/client/listing.h"

#include "cli/client/names.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace suture::client {

using format::Command;
using format::DetailRecord;
using format::LivepatchOp;
using format::SegmentDirection;

namespace {

std::unexpected<ClientError> broken(const char *what) {
  return failure(ErrorKind::Protocol, EPROTO, std::string("malformed list: ") + what);
}

/// Why a walk ended: with everything, or because the list changed under it.
enum class Walk : uint8_t { Complete, Stale };

template <typename T> Buffer outBuffer(std::vector<T> &values) {
  return Buffer{std::as_writable_bytes(std::span(values)), SegmentDirection::Out};
}

Expected<format::PayloadState> stateOf(uint32_t value) {
  if (value != static_cast<uint32_t>(format::PayloadState::Checked) &&
      value != static_cast<uint32_t>(format::PayloadState::Applied))
    return broken("an unknown payload state");
  return static_cast<format::PayloadState>(value);
}

std::vector<std::string> splitMetadata(std::string_view bytes) {
  std::vector<std::string> entries;
  while (!bytes.empty()) {
    const size_t end = std::min(bytes.find('\0'), bytes.size());
    if (end != 0)
      entries.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return entries;
}

/// The sizes that a probe gave, and the counters of one walk.
struct Progress {
  uint32_t version = 0;
  uint32_t total = 0;
  uint32_t nameBytes = 0;
  uint32_t metadataBytes = 0;
  uint32_t done = 0;
  uint32_t batch = 0;
};

bool isStale(int32_t result, const Progress &progress) {
  return result == -ENOBUFS || (result == -EINVAL && progress.done != 0);
}

/// Halves the batch. \returns whether there was something to halve.
bool shrink(Progress &progress) {
  progress.batch /= 2;
  return progress.batch != 0;
}

/// Reads the classic list.
class NameWalk final {
public:
  NameWalk(const Call &call, Listing &listing) : call_(call), listing_(listing) {}

  Expected<void> probe(Progress &progress) {
    LivepatchOp op = request();
    auto outcome = call_(op, {});
    if (!outcome)
      return std::unexpected(std::move(outcome).error());
    if (outcome->result < 0)
      return hypervisorError(*outcome);
    const format::ListRequest &answer = op.u.list;
    progress.version = answer.version;
    progress.total = answer.count;
    progress.nameBytes = answer.nameTotalSize;
    progress.metadataBytes = answer.metadataTotalSize;
    return {};
  }

  Expected<Walk> run(Progress &progress) {
    if (progress.nameBytes > uint64_t{progress.total} * format::nameSize)
      return broken("names longer than names can be");
    const uint32_t room = std::min(progress.batch, progress.total);
    names_.resize(progress.nameBytes);
    metadata_.resize(progress.metadataBytes);
    status_.resize(room);
    nameLength_.resize(room);
    metadataLength_.resize(room);
    while (progress.done < progress.total) {
      auto step = chunk(progress);
      if (!step || *step == Walk::Stale)
        return step;
    }
    return Walk::Complete;
  }

private:
  static LivepatchOp request() {
    LivepatchOp op{};
    op.command = static_cast<uint32_t>(Command::List);
    return op;
  }

  /// A request for `wanted` entries from `index` on, into all of the buffers.
  LivepatchOp request(uint32_t index, uint32_t wanted) {
    LivepatchOp op = request();
    format::ListRequest &list = op.u.list;
    list.index = index;
    list.count = wanted;
    list.nameTotalSize = static_cast<uint32_t>(names_.size());
    list.metadataTotalSize = static_cast<uint32_t>(metadata_.size());
    list.status = handleOf(status_.data());
    list.name = handleOf(names_.data());
    list.nameLength = handleOf(nameLength_.data());
    list.metadata = handleOf(metadata_.data());
    list.metadataLength = handleOf(metadataLength_.data());
    // An empty buffer has no address of its own; that of another will do.
    if (metadata_.empty())
      list.metadata = list.metadataLength;
    return op;
  }

  Expected<Walk> chunk(Progress &progress) {
    const uint32_t wanted = std::min(progress.batch, progress.total - progress.done);
    LivepatchOp op = request(progress.done, wanted);
    const format::ListRequest &list = op.u.list;
    std::array<Buffer, 5> buffers{outBuffer(status_), outBuffer(names_), outBuffer(nameLength_),
                                  outBuffer(metadataLength_), outBuffer(metadata_)};
    const std::span used = std::span(buffers).first(metadata_.empty() ? 4 : 5);
    auto outcome = call_(op, used);
    if (!outcome)
      return std::unexpected(std::move(outcome).error());
    if (outcome->result == -E2BIG && shrink(progress))
      return Walk::Complete;
    if (isStale(outcome->result, progress))
      return Walk::Stale;
    if (outcome->result < 0)
      return hypervisorError(*outcome);
    if (list.version != progress.version)
      return Walk::Stale;
    const auto copied = static_cast<uint32_t>(outcome->result);
    if (copied > wanted)
      return broken("more entries than asked for");
    if (copied == 0 || uint64_t{progress.done} + copied + list.count != progress.total)
      return Walk::Stale;
    SUTURE_CLIENT_TRY(take(copied));
    progress.done += copied;
    return Walk::Complete;
  }

  Expected<void> take(uint32_t copied) {
    std::string_view names(names_.data(), names_.size());
    std::string_view metadata(metadata_.data(), metadata_.size());
    for (uint32_t index = 0; index < copied; ++index) {
      const uint32_t length = nameLength_[index];
      if (length < 2 || length > format::nameSize || length > names.size() ||
          names[length - 1] != '\0' || names.find('\0') != length - 1)
        return broken("a name without its end");
      if (metadataLength_[index] > metadata.size())
        return broken("metadata longer than their total");
      auto state = stateOf(status_[index].state);
      if (!state)
        return std::unexpected(state.error());
      listing_.payloads.push_back(
          {std::string(names.substr(0, length - 1)), *state, status_[index].result,
           splitMetadata(metadata.substr(0, metadataLength_[index])), std::nullopt});
      names.remove_prefix(length);
      metadata.remove_prefix(metadataLength_[index]);
    }
    return {};
  }

  const Call &call_;
  Listing &listing_;
  std::vector<char> names_;
  std::vector<char> metadata_;
  std::vector<format::PayloadStatus> status_;
  std::vector<uint32_t> nameLength_;
  std::vector<uint32_t> metadataLength_;
};

Expected<Detail> detailOf(const DetailRecord &record) {
  if (record.buildIdSize > format::maxBuildIdSize || record.dependsSize > format::maxBuildIdSize)
    return broken("a build-id longer than build-ids can be");
  const std::span id(record.buildId, record.buildIdSize);
  const std::span depends(record.depends, record.dependsSize);
  return Detail{record.stackPosition,
                record.functions,
                record.probationLeftMs,
                {id.begin(), id.end()},
                {depends.begin(), depends.end()},
                record.memorySize,
                record.times};
}

/// Reads the details of the payloads that a NameWalk found, in the same order.
class DetailWalk final {
public:
  DetailWalk(const Call &call, Listing &listing) : call_(call), listing_(listing) {}

  /// Complete also where the hypervisor does not know the query.
  Expected<Walk> run(Progress progress) {
    progress.done = 0;
    // With no payload there is still the hypervisor's own build-id to ask for: a probe.
    do {
      auto step = chunk(progress);
      if (!step || *step == Walk::Stale || unknown_)
        return step;
    } while (progress.done < progress.total);
    return Walk::Complete;
  }

private:
  Expected<Walk> chunk(Progress &progress) {
    const uint32_t wanted = std::min(progress.batch, progress.total - progress.done);
    records_.resize(wanted);
    LivepatchOp op{};
    op.command = static_cast<uint32_t>(Command::Detail);
    format::DetailRequest &detail = op.u.detail;
    detail.index = progress.done;
    detail.count = wanted;
    detail.records = handleOf(records_.data());
    const std::array buffers{outBuffer(records_)};
    auto outcome = call_(op, std::span(buffers).first(wanted == 0 ? 0 : 1));
    if (!outcome)
      return std::unexpected(std::move(outcome).error());
    unknown_ = outcome->result == -EOPNOTSUPP || outcome->result == -ENOSYS;
    if (detail.hypervisorBuildIdSize > format::maxBuildIdSize)
      return broken("a build-id longer than build-ids can be");
    // Also an answer that knows no details can have it: that of a Xen's carrier.
    listing_.hypervisorBuildId.assign(detail.hypervisorBuildId,
                                      detail.hypervisorBuildId + detail.hypervisorBuildIdSize);
    if (unknown_)
      return Walk::Complete;
    if (outcome->result == -E2BIG && shrink(progress))
      return Walk::Complete;
    if (isStale(outcome->result, progress))
      return Walk::Stale;
    if (outcome->result < 0)
      return hypervisorError(*outcome);
    if (detail.version != progress.version)
      return Walk::Stale;
    const auto copied = static_cast<uint32_t>(outcome->result);
    if (wanted != 0 && copied > wanted)
      return broken("more entries than asked for");
    if (wanted != 0 && copied == 0)
      return Walk::Stale;
    for (uint32_t index = 0; index < std::min(copied, wanted); ++index) {
      ListedPayload &payload = listing_.payloads[progress.done + index];
      const std::string_view name(records_[index].name, sizeof(records_[index].name));
      if (name.substr(0, name.find('\0')) != payload.name)
        return Walk::Stale;
      auto taken = detailOf(records_[index]);
      if (!taken)
        return std::unexpected(taken.error());
      payload.detail = std::move(*taken);
    }
    progress.done += std::min(copied, wanted);
    return Walk::Complete;
  }

  const Call &call_;
  Listing &listing_;
  std::vector<DetailRecord> records_;
  bool unknown_ = false;
};

} // namespace

Expected<Listing> list(const Call &call, const ListOptions &options) {
  Progress progress;
  for (unsigned attempt = 0; attempt < options.tries; ++attempt) {
    Listing listing{};
    progress = Progress{};
    progress.batch = options.batch;
    NameWalk names(call, listing);
    SUTURE_CLIENT_TRY(names.probe(progress));
    listing.version = progress.version;
    auto walk = names.run(progress);
    if (walk && *walk == Walk::Complete && options.details)
      walk = DetailWalk(call, listing).run(progress);
    if (!walk)
      return std::unexpected(std::move(walk).error());
    if (*walk == Walk::Complete)
      return listing;
  }
  return failure(ErrorKind::TryAgain, EBUSY,
                 "the list changed " + std::to_string(options.tries) +
                     " times while it was read; of the last try, done " +
                     std::to_string(progress.done) + ", left " +
                     std::to_string(progress.total - progress.done));
}

Expected<Detail> detail(const Call &call, std::string_view name) {
  SUTURE_CLIENT_TRY(checkName(name));
  std::string text(name);
  std::vector<DetailRecord> record(1);
  LivepatchOp op{};
  op.command = static_cast<uint32_t>(Command::DetailOf);
  op.u.detailOf.name = {
      .name = handleOf(text.data()), .size = static_cast<uint16_t>(text.size() + 1), .padding = {}};
  op.u.detailOf.record = handleOf(record.data());
  const std::array buffers{
      Buffer{std::as_writable_bytes(std::span(text.data(), text.size() + 1)), SegmentDirection::In},
      outBuffer(record)};
  auto outcome = call(op, buffers);
  if (!outcome)
    return std::unexpected(std::move(outcome).error());
  if (outcome->result < 0)
    return hypervisorError(*outcome);
  return detailOf(record.front());
}

const ListedPayload *find(const Listing &listing, std::string_view name) {
  const auto found = std::ranges::find(listing.payloads, name, &ListedPayload::name);
  return found == listing.payloads.end() ? nullptr : &*found;
}

} // namespace suture::client

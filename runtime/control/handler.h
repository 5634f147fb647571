// SPDX-License-Identifier: Apache-2.0
#pragma once
// The one handler of control requests, whatever way they come in: a frame on a channel, a
// hypercall. It makes the checks in the order of docs/control-interface.md and leaves the rest to
// the core.

#include "runtime/control/caller_memory.h"
#include "runtime/core/core.h"
#include "runtime/error/try.h"
#include "runtime/format/control.h"
#include "runtime/format/payload.h"
#include "runtime/memory/array.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace suture {

/// What a request came to.
struct ControlOutcome {
  /// 0 or more on success (List, Detail: entries copied), else a negated errno.
  int32_t result = 0;
  /// Which check it failed.
  std::optional<ErrorCode> code;
  /// Why it failed; of a successful Get or DetailOf, why the payload's last action failed.
  Reason reason;
};

template <Platform P> class ControlHandler final {
public:
  /// \param core  outlives the handler.
  explicit ControlHandler(LivepatchCore<P> &core) noexcept : core_(core) {}

  /// Handles one request; `operation` gets its OUT fields, also when the result is an error.
  /// Context: control.
  template <CallerMemory M>
  [[nodiscard]] ControlOutcome handle(format::LivepatchOp &operation, M &memory) noexcept {
    ControlOutcome outcome;
    if (auto done = dispatch(operation, memory, outcome.reason)) {
      outcome.result = static_cast<int32_t>(*done);
    } else {
      outcome.result = resultOf(done.error());
      outcome.code = done.error().code;
      outcome.reason = describe(done.error());
    }
    return outcome;
  }

private:
  using Item = Payload<P>;

  /// Entries copied.
  using Count = Result<uint32_t>;

  template <typename M>
  [[nodiscard]] Count dispatch(format::LivepatchOp &operation, M &memory, Reason &note) noexcept {
    if (operation.flags != 0)
      return fail({.code = ErrorCode::OpFlagsNotZero, .value = operation.flags});
    switch (operation.command) {
    case static_cast<uint32_t>(format::Command::Upload):
      return upload(operation.u.upload, memory);
    case static_cast<uint32_t>(format::Command::Get):
      return get(operation.u.get, memory, note);
    case static_cast<uint32_t>(format::Command::List):
      return list(operation.u.list, memory);
    case static_cast<uint32_t>(format::Command::Action):
      return action(operation.u.action, std::nullopt, memory);
    case static_cast<uint32_t>(format::Command::Detail):
      return detail(operation.u.detail, memory);
    case static_cast<uint32_t>(format::Command::ActionOnProbation):
      if (operation.u.probation.padding != 0)
        return fail({.code = ErrorCode::RequestPaddingNotZero});
      return action(operation.u.probation.action, operation.u.probation.probationMs, memory);
    case static_cast<uint32_t>(format::Command::Confirm):
      return confirm(operation.u.confirm, memory);
    case static_cast<uint32_t>(format::Command::DetailOf):
      return detailOf(operation.u.detailOf, memory, note);
    default:
      // Not an enumeration: the number comes from the caller.
      return fail({.code = ErrorCode::UnknownCommand, .value = operation.command});
    }
  }

  /// A name copied in and checked.
  struct Name {
    char bytes[format::nameSize] = {};
    size_t length = 0;
    [[nodiscard]] std::string_view view() const noexcept { return {bytes, length}; }
  };

  template <typename M>
  [[nodiscard]] static Result<Name> copyName(const format::NameRef &reference, M &memory,
                                             ErrorCode onFault) noexcept {
    if (reference.size < 2 || reference.size > format::nameSize)
      return fail({.code = ErrorCode::NameSizeOutOfRange,
                   .value = reference.size,
                   .allowed = format::nameSize});
    for (uint16_t padding : reference.padding)
      if (padding != 0)
        return fail({.code = ErrorCode::NamePaddingNotZero});
    Name name;
    if (!memory.copyIn(reference.name,
                       std::as_writable_bytes(std::span{name.bytes}.first(reference.size))))
      return fail({.code = onFault, .value = reference.size});
    name.length = reference.size - 1u;
    if (name.bytes[name.length] != 0)
      return fail({.code = ErrorCode::NameNotTerminated, .value = reference.size});
    for (size_t index = 0; index < name.length; ++index) {
      const auto byte = static_cast<uint8_t>(name.bytes[index]);
      if (byte == 0)
        return fail({.code = ErrorCode::NameContainsNul, .offset = index, .value = name.length});
      if (byte < 0x20 || byte == 0x7f)
        return fail({.code = ErrorCode::NameHasControlCharacter, .offset = index, .value = byte});
    }
    return name;
  }

  template <typename M>
  [[nodiscard]] Count upload(const format::UploadRequest &request, M &memory) noexcept {
    SUTURE_TRY_ASSIGN(name, copyName(request.name, memory, ErrorCode::UploadNameUnreadable));
    if (request.size == 0)
      return fail({.code = ErrorCode::PayloadSizeZero});
    if (request.size > format::maxPayloadSize)
      return fail({.code = ErrorCode::PayloadTooLarge,
                   .value = request.size,
                   .allowed = format::maxPayloadSize});
    if (!memory.readable(request.payload, request.size))
      return fail({.code = ErrorCode::PayloadOutsideCaller, .value = request.size});
    if (core_.payloads().find(name.view()) != nullptr)
      return fail({.code = ErrorCode::NameInUse, .subject = {name.view()}});
    OwnedArray<std::byte, P> file{core_.platform()};
    if (!file.make(request.size))
      return fail({.code = ErrorCode::NoMemoryForFile, .value = request.size});
    if (!memory.copyIn(request.payload, file.items()))
      return fail({.code = ErrorCode::PayloadUnreadable, .value = request.size});
    SUTURE_TRY(core_.upload(name.view(), ByteView{file.items()}));
    return 0;
  }

  template <typename M>
  [[nodiscard]] Count get(format::GetRequest &request, M &memory, Reason &note) noexcept {
    SUTURE_TRY_ASSIGN(name, copyName(request.name, memory, ErrorCode::NameUnreadable));
    const Item *payload = core_.payloads().find(name.view());
    if (payload == nullptr)
      return fail({.code = ErrorCode::UnknownName, .subject = {name.view()}});
    request.status = statusOf(*payload);
    if (payload->failure)
      note = describe(*payload->failure);
    return 0;
  }

  template <typename M>
  [[nodiscard]] Count action(const format::ActionRequest &request,
                             std::optional<uint32_t> probationMs, M &memory) noexcept {
    if (request.padding != 0)
      return fail({.code = ErrorCode::RequestPaddingNotZero});
    SUTURE_TRY_ASSIGN(name, copyName(request.name, memory, ErrorCode::NameUnreadable));
    SUTURE_TRY(core_.requestAction({.name = name.view(),
                                    .action = request.action,
                                    .timeoutNs = request.timeoutNs,
                                    .flags = request.flags,
                                    .probationMs = probationMs}));
    return 0;
  }

  template <typename M>
  [[nodiscard]] Count confirm(const format::ConfirmRequest &request, M &memory) noexcept {
    SUTURE_TRY_ASSIGN(name, copyName(request.name, memory, ErrorCode::NameUnreadable));
    SUTURE_TRY(core_.confirm(name.view()));
    return 0;
  }

  template <typename M> [[nodiscard]] Count list(format::ListRequest &request, M &memory) noexcept {
    SUTURE_TRY(checkRange(request.count, request.padding));
    const uint32_t wanted = request.count;
    SUTURE_TRY(checkArray<format::PayloadStatus>(request.status, wanted, "status", memory));
    SUTURE_TRY(checkArray<uint32_t>(request.nameLength, wanted, "name length", memory));
    SUTURE_TRY(checkArray<uint32_t>(request.metadataLength, wanted, "metadata length", memory));
    SUTURE_TRY(checkIndex(request.index));
    const Registry<P> &payloads = core_.payloads();
    request.version = core_.version();
    if (wanted == 0) {
      request.count = payloads.count();
      request.nameTotalSize = payloads.nameTotal();
      request.metadataTotalSize = payloads.metadataTotal();
      return 0;
    }

    ListRoom room{.names = {request.nameTotalSize}, .metadata = {request.metadataTotalSize}};
    uint32_t done = 0;
    Result<> copied{};
    for (const Item *payload = payloads.at(request.index); payload != nullptr && done < wanted;
         payload = payload->next) {
      copied = copyListEntry(request, *payload, done, room, memory);
      if (!copied)
        break;
      ++done;
    }
    request.nameTotalSize = room.names.used;
    request.metadataTotalSize = room.metadata.used;
    request.count = payloads.count() - std::min(request.index, payloads.count()) - done;
    if (!copied)
      return std::unexpected(copied.error());
    return done;
  }

  /// A buffer that is filled from its start.
  struct Room {
    uint32_t size = 0;
    uint32_t used = 0;
  };
  struct ListRoom {
    Room names, metadata;
  };

  /// Copies one entry, or nothing of it that counts: the sizes used so far stay on an error.
  template <typename M>
  [[nodiscard]] static Result<> copyListEntry(const format::ListRequest &request,
                                              const Item &payload, uint32_t entry, ListRoom &room,
                                              M &memory) noexcept {
    const uint32_t nameSize = payload.nameSize(), metadataSize = payload.metadataSize();
    SUTURE_TRY(checkRoom(room.names, nameSize, entry, request.name, "name", memory));
    SUTURE_TRY(checkRoom(room.metadata, metadataSize, entry, request.metadata, "metadata", memory));
    const format::PayloadStatus status = statusOf(payload);
    const auto bytesOf = [](const auto &value) { return std::as_bytes(std::span{&value, 1}); };
    struct Copy {
      format::Handle to;
      std::span<const std::byte> bytes;
      std::string_view what;
    };
    const Copy copies[] = {
        {request.name + room.names.used, std::as_bytes(std::span{payload.nameBytes, nameSize}),
         "name"},
        {request.nameLength + uint64_t{entry} * sizeof(uint32_t), bytesOf(nameSize), "name length"},
        {request.status + uint64_t{entry} * sizeof(status), bytesOf(status), "status"},
        {request.metadata + room.metadata.used, std::as_bytes(std::span{payload.loaded.metadata}),
         "metadata"},
        {request.metadataLength + uint64_t{entry} * sizeof(uint32_t), bytesOf(metadataSize),
         "metadata length"},
    };
    for (const Copy &copy : copies)
      if (!copy.bytes.empty() && !memory.copyOut(copy.to, copy.bytes))
        return fail({.code = ErrorCode::ListUnwritable, .entry = entry, .subject = {copy.what}});
    room.names.used += nameSize;
    room.metadata.used += metadataSize;
    return {};
  }

  template <typename M>
  [[nodiscard]] static Result<> checkRoom(const Room &room, uint32_t size, uint32_t entry,
                                          format::Handle buffer, std::string_view what,
                                          M &memory) noexcept {
    if (size > room.size - room.used)
      return fail({.code = ErrorCode::ListBufferTooSmall,
                   .entry = entry,
                   .value = size,
                   .allowed = room.size,
                   .subject = {what}});
    if (!memory.writable(buffer + room.used, size))
      return fail({.code = ErrorCode::ListBufferBad, .value = entry, .subject = {what}});
    return {};
  }

  template <typename M>
  [[nodiscard]] Count detail(format::DetailRequest &request, M &memory) noexcept {
    SUTURE_TRY(checkRange(request.count, request.padding | request.padding2));
    const uint32_t wanted = request.count;
    SUTURE_TRY(checkArray<format::DetailRecord>(request.records, wanted, "record", memory));
    SUTURE_TRY(checkIndex(request.index));
    const Registry<P> &payloads = core_.payloads();
    request.version = core_.version();
    request.hypervisorBuildIdSize = copyId(core_.platform().buildId(), request.hypervisorBuildId);
    if (wanted == 0) {
      request.count = payloads.count();
      return 0;
    }
    uint32_t done = 0;
    for (const Item *payload = payloads.at(request.index); payload != nullptr && done < wanted;
         payload = payload->next, ++done) {
      const format::DetailRecord record = recordOf(*payload);
      if (!memory.copyOut(request.records + uint64_t{done} * sizeof(record),
                          std::as_bytes(std::span{&record, 1})))
        return fail({.code = ErrorCode::ListUnwritable, .entry = done, .subject = {"record"}});
    }
    request.count = payloads.count() - std::min(request.index, payloads.count()) - done;
    return done;
  }

  template <typename M>
  [[nodiscard]] Count detailOf(format::DetailOfRequest &request, M &memory, Reason &note) noexcept {
    if (request.padding != 0)
      return fail({.code = ErrorCode::RequestPaddingNotZero});
    SUTURE_TRY_ASSIGN(name, copyName(request.name, memory, ErrorCode::NameUnreadable));
    SUTURE_TRY(checkArray<format::DetailRecord>(request.record, 1, "record", memory));
    const Item *payload = core_.payloads().find(name.view());
    if (payload == nullptr)
      return fail({.code = ErrorCode::UnknownName, .subject = {name.view()}});
    request.version = core_.version();
    const format::DetailRecord record = recordOf(*payload);
    if (!memory.copyOut(request.record, std::as_bytes(std::span{&record, 1})))
      return fail({.code = ErrorCode::ListUnwritable, .entry = 0, .subject = {"record"}});
    if (payload->failure)
      note = describe(*payload->failure);
    return 0;
  }

  [[nodiscard]] static Result<> checkRange(uint32_t count, uint32_t padding) noexcept {
    if (count > format::maxListEntries)
      return fail(
          {.code = ErrorCode::ListTooLong, .value = count, .allowed = format::maxListEntries});
    if (padding != 0)
      return fail({.code = ErrorCode::RequestPaddingNotZero});
    return {};
  }

  [[nodiscard]] Result<> checkIndex(uint32_t index) const noexcept {
    const uint32_t count = core_.payloads().count();
    if (count != 0 && index >= count)
      return fail({.code = ErrorCode::ListIndexOutOfRange, .value = index, .allowed = count});
    return {};
  }

  template <typename T, typename M>
  [[nodiscard]] static Result<> checkArray(format::Handle handle, uint32_t count,
                                           std::string_view what, M &memory) noexcept {
    if (count != 0 && !memory.writable(handle, uint64_t{count} * sizeof(T)))
      return fail({.code = ErrorCode::ListBufferBad, .value = count, .subject = {what}});
    return {};
  }

  [[nodiscard]] static format::PayloadStatus statusOf(const Item &payload) noexcept {
    const auto state = payload.state == State::Applied ? format::PayloadState::Applied
                                                       : format::PayloadState::Checked;
    return {.state = static_cast<uint32_t>(state), .result = payload.result};
  }

  static uint32_t copyId(std::span<const uint8_t> id,
                         uint8_t (&out)[format::maxBuildIdSize]) noexcept {
    const size_t size = std::min<size_t>(id.size(), format::maxBuildIdSize);
    std::ranges::fill(out, uint8_t{0});
    std::ranges::copy(id.first(size), out);
    return static_cast<uint32_t>(size);
  }

  [[nodiscard]] format::DetailRecord recordOf(const Item &payload) const noexcept {
    constexpr uint64_t nsPerMs = 1'000'000;
    format::DetailRecord record{};
    record.status = statusOf(payload);
    record.stackPosition = payload.stackPosition;
    record.functions = static_cast<uint32_t>(payload.loaded.functions.size());
    if (payload.probationEndNs != 0) {
      const uint64_t now = core_.platform().nowNs();
      const uint64_t left = payload.probationEndNs > now ? payload.probationEndNs - now : 0;
      // 1 at least: 0 says that it is not on probation.
      record.probationLeftMs = std::max(1u, static_cast<uint32_t>(left / nsPerMs));
    }
    record.buildIdSize = copyId(payload.loaded.id.view(), record.buildId);
    record.dependsSize = copyId(payload.loaded.depends.view(), record.depends);
    record.nameLength = payload.nameSize();
    record.memorySize = payload.loaded.memorySize();
    record.times = payload.times;
    std::memcpy(record.name, payload.nameBytes, sizeof(record.name));
    return record;
  }

  LivepatchCore<P> &core_;
};

} // namespace suture

// SPDX-License-Identifier: Apache-2.0
#include "cli/client/listing.h"

#include <bit>
#include <cerrno>
#include <cstring>
#include <gtest/gtest.h>

namespace suture::client {
namespace {

using format::Command;
using format::LivepatchOp;

struct Entry {
  std::string name;
  std::string metadata;
  uint32_t state = 1;
};

/// A list as the control interface describes it, which a test changes between two calls. It writes
/// through the handles, as copy-out does, and only where a buffer was given.
class ScriptedHypervisor {
public:
  std::vector<Entry> entries;
  uint32_t version = 1;
  uint32_t maxEntries = format::maxListEntries;
  bool knowsDetail = true;
  unsigned calls = 0;
  /// Called before each call is served.
  std::function<void(unsigned call)> before;

  void addMany(size_t count) {
    for (size_t index = 0; index < count; ++index)
      entries.push_back({"payload-" + std::to_string(index), "key=" + std::to_string(index)});
  }

  Call call() {
    return [this](LivepatchOp &op, std::span<const Buffer> buffers) -> Expected<Outcome> {
      if (before)
        before(calls);
      ++calls;
      buffers_ = buffers;
      if (op.command == static_cast<uint32_t>(Command::List))
        return Outcome{list(op.u.list), ""};
      if (op.command == static_cast<uint32_t>(Command::Detail) && knowsDetail)
        return Outcome{detail(op.u.detail), ""};
      if (op.command == static_cast<uint32_t>(Command::DetailOf) && knowsDetail)
        return Outcome{detailOf(op.u.detailOf), ""};
      return Outcome{-EOPNOTSUPP, ""};
    };
  }

private:
  void write(format::Handle handle, size_t offset, const void *from, size_t size) {
    if (size == 0)
      return;
    for (const Buffer &buffer : buffers_) {
      const auto start = handleOf(buffer.bytes.data());
      if (handle == start && offset + size <= buffer.bytes.size()) {
        std::memcpy(buffer.bytes.data() + offset, from, size);
        return;
      }
    }
    ADD_FAILURE() << "write outside of the buffers: " << size << " bytes at offset " << offset;
  }

  int32_t list(format::ListRequest &request) {
    if (request.count > maxEntries)
      return -E2BIG;
    request.version = version;
    const auto total = static_cast<uint32_t>(entries.size());
    uint32_t names = 0;
    uint32_t metadata = 0;
    if (request.count == 0) {
      for (const Entry &entry : entries) {
        names += static_cast<uint32_t>(entry.name.size() + 1);
        metadata += static_cast<uint32_t>(entry.metadata.size());
      }
      request.nameTotalSize = names;
      request.metadataTotalSize = metadata;
      request.count = total;
      return 0;
    }
    if (request.index >= total && total != 0)
      return -EINVAL;
    uint32_t copied = 0;
    for (; copied < request.count && request.index + copied < total; ++copied) {
      const Entry &entry = entries[request.index + copied];
      const auto nameLength = static_cast<uint32_t>(entry.name.size() + 1);
      const auto metadataLength = static_cast<uint32_t>(entry.metadata.size());
      if (names + nameLength > request.nameTotalSize ||
          metadata + metadataLength > request.metadataTotalSize)
        return -ENOBUFS;
      const format::PayloadStatus status{entry.state, 0};
      write(request.name, names, entry.name.c_str(), nameLength);
      write(request.metadata, metadata, entry.metadata.data(), metadataLength);
      write(request.nameLength, copied * sizeof(uint32_t), &nameLength, sizeof(nameLength));
      write(request.metadataLength, copied * sizeof(uint32_t), &metadataLength,
            sizeof(metadataLength));
      write(request.status, copied * sizeof(status), &status, sizeof(status));
      names += nameLength;
      metadata += metadataLength;
    }
    request.nameTotalSize = names;
    request.metadataTotalSize = metadata;
    request.count = total - request.index - copied;
    return static_cast<int32_t>(copied);
  }

  int32_t detailOf(format::DetailOfRequest &request) {
    const std::string name(std::bit_cast<const char *>(request.name.name), request.name.size - 1u);
    for (uint32_t index = 0; index < entries.size(); ++index)
      if (entries[index].name == name) {
        format::DetailRecord record{};
        record.functions = index;
        write(request.record, 0, &record, sizeof(record));
        return 0;
      }
    return -ENOENT;
  }

  int32_t detail(format::DetailRequest &request) {
    if (request.count > maxEntries)
      return -E2BIG;
    request.version = version;
    request.hypervisorBuildIdSize = 2;
    request.hypervisorBuildId[0] = 0xab;
    const auto total = static_cast<uint32_t>(entries.size());
    const uint32_t wanted = request.count;
    uint32_t copied = 0;
    for (; copied < wanted && request.index + copied < total; ++copied) {
      format::DetailRecord record{};
      const std::string &name = entries[request.index + copied].name;
      std::memcpy(record.name, name.data(), name.size());
      record.functions = request.index + copied;
      write(request.records, copied * sizeof(record), &record, sizeof(record));
    }
    request.count = total - copied;
    return static_cast<int32_t>(copied);
  }

  std::span<const Buffer> buffers_;
};

std::vector<std::string> namesOf(const Listing &listing) {
  std::vector<std::string> names;
  for (const ListedPayload &payload : listing.payloads)
    names.push_back(payload.name);
  return names;
}

TEST(DetailOfOne, TakesOneCallHoweverLongTheListIs) {
  ScriptedHypervisor hypervisor;
  hypervisor.addMany(3000);
  const auto found = detail(hypervisor.call(), "payload-2345");
  ASSERT_TRUE(found) << found.error().reason;
  EXPECT_EQ(found->functions, 2345u);
  EXPECT_EQ(hypervisor.calls, 1u);
  EXPECT_EQ(detail(hypervisor.call(), "nobody").error().errnoValue, ENOENT);
  hypervisor.knowsDetail = false;
  EXPECT_EQ(detail(hypervisor.call(), "payload-1").error().errnoValue, EOPNOTSUPP);
}

TEST(List, OfNothingIsEmpty) {
  ScriptedHypervisor hypervisor;
  const auto listing = list(hypervisor.call());
  ASSERT_TRUE(listing) << listing.error().reason;
  EXPECT_TRUE(listing->payloads.empty());
  EXPECT_EQ(listing->hypervisorBuildId, (std::vector<uint8_t>{0xab, 0}));
}

TEST(List, HasNamesOf1And127BytesAndTheirMetadata) {
  ScriptedHypervisor hypervisor;
  hypervisor.entries = {
      {"a", std::string("k=v\0w=x\0", 8)}, {std::string(127, 'n'), ""}, {"b", "z=1"}};
  const auto listing = list(hypervisor.call());
  ASSERT_TRUE(listing) << listing.error().reason;
  EXPECT_EQ(namesOf(*listing), (std::vector<std::string>{"a", std::string(127, 'n'), "b"}));
  EXPECT_EQ(listing->payloads[0].metadata, (std::vector<std::string>{"k=v", "w=x"}));
  EXPECT_TRUE(listing->payloads[1].metadata.empty());
  EXPECT_EQ(listing->payloads[2].metadata, (std::vector<std::string>{"z=1"}));
}

TEST(List, WalksInChunks) {
  ScriptedHypervisor hypervisor;
  hypervisor.addMany(2500);
  const auto listing = list(hypervisor.call());
  ASSERT_TRUE(listing) << listing.error().reason;
  ASSERT_EQ(listing->payloads.size(), 2500u);
  for (size_t index = 0; index < 2500; ++index) {
    EXPECT_EQ(listing->payloads[index].name, "payload-" + std::to_string(index));
    ASSERT_TRUE(listing->payloads[index].detail);
    EXPECT_EQ(listing->payloads[index].detail->functions, index);
  }
  EXPECT_EQ(hypervisor.calls, 1u + 3u + 3u);
}

TEST(List, HalvesItsBatchWhereTheHypervisorTakesFewer) {
  ScriptedHypervisor hypervisor;
  hypervisor.addMany(100);
  hypervisor.maxEntries = 7;
  const auto listing = list(hypervisor.call());
  ASSERT_TRUE(listing) << listing.error().reason;
  EXPECT_EQ(listing->payloads.size(), 100u);
}

TEST(List, WithoutTheExtendedQueryHasNoDetails) {
  ScriptedHypervisor hypervisor;
  hypervisor.addMany(3);
  hypervisor.knowsDetail = false;
  const auto listing = list(hypervisor.call());
  ASSERT_TRUE(listing) << listing.error().reason;
  EXPECT_EQ(listing->payloads.size(), 3u);
  EXPECT_FALSE(listing->payloads[0].detail);
}

// The walk is at payload 4 of 10 when payload 0 goes: what was 4 is now 3, and a walk that kept its
// place would never see it.
TEST(List, StartsAfreshCompletelyWhenAPayloadGoesInMidWalk) {
  ScriptedHypervisor hypervisor;
  hypervisor.addMany(10);
  hypervisor.before = [&](unsigned call) {
    if (call == 2) {
      hypervisor.entries.erase(hypervisor.entries.begin());
      ++hypervisor.version;
    }
  };
  const auto listing = list(hypervisor.call(), {.batch = 4});
  ASSERT_TRUE(listing) << listing.error().reason;
  ASSERT_EQ(listing->payloads.size(), 9u);
  for (size_t index = 0; index < 9; ++index)
    EXPECT_EQ(listing->payloads[index].name, "payload-" + std::to_string(index + 1));
}

TEST(List, StartsAfreshWhenOnlyAStateChanges) {
  ScriptedHypervisor hypervisor;
  hypervisor.addMany(8);
  hypervisor.before = [&](unsigned call) {
    if (call == 2) {
      hypervisor.entries[0].state = 2;
      ++hypervisor.version;
    }
  };
  const auto listing = list(hypervisor.call(), {.batch = 4});
  ASSERT_TRUE(listing) << listing.error().reason;
  EXPECT_EQ(listing->payloads[0].state, format::PayloadState::Applied);
}

TEST(List, StartsAfreshWhenDetailsAreNewerThanNames) {
  ScriptedHypervisor hypervisor;
  hypervisor.addMany(2);
  hypervisor.before = [&](unsigned call) {
    if (call == 2) {
      hypervisor.entries.erase(hypervisor.entries.begin());
      ++hypervisor.version;
    }
  };
  const auto listing = list(hypervisor.call());
  ASSERT_TRUE(listing) << listing.error().reason;
  EXPECT_EQ(namesOf(*listing), std::vector<std::string>{"payload-1"});
  EXPECT_TRUE(listing->payloads[0].detail);
}

TEST(List, ProbesAgainWhenItsBuffersAreTooShortByNow) {
  ScriptedHypervisor hypervisor;
  hypervisor.entries = {{"a", ""}};
  hypervisor.before = [&](unsigned call) {
    if (call == 1)
      hypervisor.entries[0].name = std::string(100, 'x'); // the version tells nothing
  };
  const auto listing = list(hypervisor.call());
  ASSERT_TRUE(listing) << listing.error().reason;
  EXPECT_EQ(namesOf(*listing), std::vector<std::string>{std::string(100, 'x')});
}

TEST(List, StartsAfreshWhenItsPlaceIsBehindTheEnd) {
  ScriptedHypervisor hypervisor;
  hypervisor.addMany(8);
  hypervisor.before = [&](unsigned call) {
    if (call == 2)
      hypervisor.entries.resize(2);
  };
  const auto listing = list(hypervisor.call(), {.batch = 4});
  ASSERT_TRUE(listing) << listing.error().reason;
  EXPECT_EQ(listing->payloads.size(), 2u);
}

TEST(List, GivesUpAfterSoManyTriesAndSaysHowFarItCame) {
  ScriptedHypervisor hypervisor;
  hypervisor.addMany(8);
  hypervisor.before = [&](unsigned) { ++hypervisor.version; };
  const auto listing = list(hypervisor.call(), {.batch = 4, .tries = 3});
  ASSERT_FALSE(listing);
  EXPECT_EQ(listing.error().kind, ErrorKind::TryAgain);
  EXPECT_NE(listing.error().reason.find("done 0, left 8"), std::string::npos)
      << listing.error().reason;
  EXPECT_EQ(hypervisor.calls, 6u);
}

TEST(List, PassesOnTheHypervisorsRefusal) {
  const Call refuses = [](LivepatchOp &, std::span<const Buffer>) -> Expected<Outcome> {
    return Outcome{-EPERM, "not for you"};
  };
  const auto listing = list(refuses);
  ASSERT_FALSE(listing);
  EXPECT_EQ(listing.error().errnoValue, EPERM);
  EXPECT_EQ(listing.error().reason, "not for you");
}

class MalformedList : public testing::Test {
protected:
  /// The error of a list whose answers `spoil` changes before the client sees them.
  std::optional<ClientError> errorOf(std::function<void(format::ListRequest &, Outcome &)> spoil) {
    hypervisor.addMany(3);
    const Call honest = hypervisor.call();
    const Call lying = [&](LivepatchOp &op, std::span<const Buffer> buffers) {
      const bool probe = op.u.list.count == 0;
      auto outcome = honest(op, buffers);
      if (!probe)
        spoil(op.u.list, *outcome);
      return outcome;
    };
    auto listing = list(lying, {.tries = 2, .details = false});
    return listing ? std::nullopt : std::optional(listing.error());
  }
  static uint32_t *numbers(format::Handle handle) { return std::bit_cast<uint32_t *>(handle); }

  ScriptedHypervisor hypervisor;
};

TEST_F(MalformedList, MoreEntriesThanAskedFor) {
  const auto error = errorOf([](format::ListRequest &, Outcome &outcome) { outcome.result = 4; });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::Protocol);
}

TEST_F(MalformedList, ANameLongerThanTheBuffer) {
  const auto error =
      errorOf([](format::ListRequest &list, Outcome &) { numbers(list.nameLength)[2] = 128; });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::Protocol);
}

TEST_F(MalformedList, AnEmptyName) {
  const auto error =
      errorOf([](format::ListRequest &list, Outcome &) { numbers(list.nameLength)[0] = 1; });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::Protocol);
}

TEST_F(MalformedList, MetadataLongerThanTheirBuffer) {
  const auto error =
      errorOf([](format::ListRequest &list, Outcome &) { numbers(list.metadataLength)[1] = ~0u; });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::Protocol);
}

TEST_F(MalformedList, AnUnknownState) {
  const auto error = errorOf([](format::ListRequest &list, Outcome &) {
    std::bit_cast<format::PayloadStatus *>(list.status)[0].state = 7;
  });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::Protocol);
}

} // namespace
} // namespace suture::client

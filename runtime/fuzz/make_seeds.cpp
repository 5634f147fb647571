// SPDX-License-Identifier: Apache-2.0
// Writes the seed inputs of a fuzzer: make_seeds loader_fuzz|frames_fuzz|operations_fuzz FOLDER

#include "runtime/format/frame.h"
#include "runtime/testing/fake_platform.h"
#include "runtime/testing/payload_file.h"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

using namespace suture;
using testing::FakePlatform;
using testing::PayloadFile;

namespace {

void write(const std::string &folder, int number, const std::vector<std::byte> &bytes) {
  std::ofstream out{folder + "/seed" + std::to_string(number), std::ios::binary};
  out.write(reinterpret_cast<const char *>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
}

/// Payloads with one feature each.
std::vector<PayloadFile> payloads() {
  const FakePlatform platform;
  const PayloadFile plain = [&] {
    PayloadFile file{platform.buildId(), platform.buildId(), 1};
    file.addFunction({.name = "function1"});
    return file;
  }();
  std::vector<PayloadFile> files(6, plain);
  for (const char *hook : {format::section::hooksLoad, format::section::hooksUnload,
                           format::section::hooksPreapply, format::section::hooksApply,
                           format::section::hooksPostapply, format::section::hooksPrerevert,
                           format::section::hooksRevert, format::section::hooksPostrevert})
    files[1].addHook(hook);
  files[2].addFunction({.name = "function2+0x10", .oldSize = 40, .code = {}, .nopSize = 20});
  format::LivepatchExpectation expectation{};
  expectation.header = 1 | 8 << 1;
  std::ranges::copy(platform.peek(FakePlatform::textStart + 0x3000, 8), expectation.data);
  files[2].addFunction({.name = "function3", .expectation = expectation});
  files[3].addSection({.name = ".data",
                       .flags = elf::flagAlloc | elf::flagWrite,
                       .data = std::vector<uint8_t>(40),
                       .alignment = 8,
                       .relocations = {{.offset = 8, .symbol = 1}}});
  files[3].addSection({.name = ".bss",
                       .type = elf::sectionNobits,
                       .flags = elf::flagAlloc | elf::flagWrite,
                       .nobitsSize = 5000});
  files[3].addSection(
      {.name = ".modinfo", .flags = elf::flagAlloc, .data = {'a', '=', 'b', 0, 'c', '=', 'd', 0}});
  files[4].addSymbol({.name = "function4"});
  files[4].addSymbol({.name = "fresh", .section = files[4].indexOf(".text"), .value = 9});
  files[5].addSection(
      {.name = ".ex_table", .flags = elf::flagAlloc, .data = std::vector<uint8_t>(16)});
  files[5].addSection({.name = ".altinstr_replacement",
                       .flags = elf::flagAlloc | elf::flagExecute,
                       .data = std::vector<uint8_t>(8)});
  files[5].addSection({.name = ".altinstructions",
                       .flags = elf::flagAlloc,
                       .data = std::vector<uint8_t>(14),
                       .relocations = {{.offset = 0, .symbol = 1, .type = 2},
                                       {.offset = 4, .symbol = 1, .type = 2, .addend = 16}}});
  return files;
}

/// A request frame with a name and, where it is not empty, a second buffer.
std::vector<std::byte> frame(const format::LivepatchOp &op, std::string_view name,
                             const std::vector<std::byte> &in, uint32_t outSize) {
  std::vector<format::Segment> segments{
      {.address = 0x1000, .size = static_cast<uint32_t>(name.size() + 1), .direction = 1}};
  if (!in.empty())
    segments.push_back(
        {.address = 0x100000, .size = static_cast<uint32_t>(in.size()), .direction = 1});
  for (uint64_t index = 0; outSize != 0 && index < 5; ++index)
    segments.push_back({.address = 0x200000 + 0x100000 * index, .size = outSize, .direction = 2});
  format::FrameHeader header{.magic = format::frameMagic,
                             .version = format::frameVersion,
                             .kind = 1,
                             .length = 0,
                             .sequence = 1,
                             .result = 0,
                             .segmentCount = static_cast<uint32_t>(segments.size()),
                             .reasonSize = 0,
                             .padding = 0};
  std::vector<std::byte> bytes(1); // how it is cut
  auto append = [&bytes](const void *data, size_t size) {
    const auto *start = static_cast<const std::byte *>(data);
    bytes.insert(bytes.end(), start, start + size);
  };
  header.length = static_cast<uint32_t>(sizeof(header) + sizeof(op) +
                                        segments.size() * sizeof(format::Segment) + name.size() +
                                        1 + in.size());
  append(&header, sizeof(header));
  append(&op, sizeof(op));
  append(segments.data(), segments.size() * sizeof(format::Segment));
  append(std::string(name).c_str(), name.size() + 1);
  append(in.data(), in.size());
  return bytes;
}

void writeFrames(const std::string &folder) {
  int number = 0;
  const format::NameRef name{.name = 0x1000, .size = 2, .padding = {}};
  format::LivepatchOp op{};
  op.command = 1;
  op.u.get.name = name;
  write(folder, number++, frame(op, "a", {}, 0));
  for (uint32_t action = 1; action <= 4; ++action) {
    op = {};
    op.command = 3;
    op.u.action = {.name = name, .action = action, .timeoutNs = 0, .flags = 0, .padding = 0};
    write(folder, number++, frame(op, "a", {}, 0));
  }
  op = {};
  op.command = 2;
  op.u.list = {.version = 0,
               .index = 0,
               .count = 10,
               .padding = 0,
               .nameTotalSize = 100,
               .metadataTotalSize = 100,
               .status = 0x200000,
               .name = 0x300000,
               .nameLength = 0x400000,
               .metadata = 0x500000,
               .metadataLength = 0x600000};
  write(folder, number++, frame(op, "a", {}, 100));
  op = {};
  op.command = static_cast<uint32_t>(format::Command::Detail);
  op.u.detail.count = 3;
  op.u.detail.records = 0x200000;
  write(folder, number++, frame(op, "a", {}, 1100));
  const std::vector<std::byte> file = payloads()[0].build();
  op = {};
  op.command = 0;
  op.u.upload = {.name = name, .size = file.size(), .payload = 0x100000};
  write(folder, number++, frame(op, "z", file, 0));
}

void writeOperations(const std::string &folder) {
  // Upload, apply and revert of each variant; stacks; a replace.
  const std::vector<std::vector<uint8_t>> sequences{
      {0, 0, 0, 5, 0, 0, 4, 0, 0, 3, 0, 0},
      {0, 0, 0, 0, 1, 1, 0, 2, 2, 5, 0, 0, 5, 1, 0, 5, 2, 0, 4, 2, 0, 4, 1, 0, 4, 0, 0},
      {0, 0, 0, 0, 1, 6, 5, 0, 0, 6, 1, 0, 4, 1, 0},
      {0, 0, 3, 5, 0, 0, 4, 0, 0, 5, 0, 0},
      {0, 0, 7, 0, 1, 8, 5, 0, 0, 5, 1, 0, 3, 0, 0},
      {0, 0, 0, 5, 0, 0x14, 2, 0, 5, 0, 0x14, 1, 0},
      {0, 0, 4, 0x45, 0, 0, 0x85, 0, 0, 5, 0, 0, 0xc4, 0, 0},
  };
  int number = 0;
  for (const std::vector<uint8_t> &sequence : sequences) {
    std::vector<std::byte> bytes(sequence.size());
    std::memcpy(bytes.data(), sequence.data(), sequence.size());
    write(folder, number++, bytes);
  }
}

} // namespace

int main(int count, char **arguments) {
  if (count != 3) {
    std::fprintf(stderr, "usage: make_seeds loader_fuzz|frames_fuzz|operations_fuzz FOLDER\n");
    return 2;
  }
  const std::string kind = arguments[1], folder = arguments[2];
  int number = 0;
  if (kind == "loader_fuzz")
    for (const PayloadFile &file : payloads())
      write(folder, number++, file.build());
  else if (kind == "frames_fuzz")
    writeFrames(folder);
  else
    writeOperations(folder);
  return 0;
}

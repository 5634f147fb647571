// SPDX-License-Identifier: Apache-2.0
// Writes a payload file for tests of clients:
//
//   make_payload OUTPUT --hypervisor HEX [--depends HEX] [--seed N] [--function NAME]
//                [--metadata KEY=VALUE]... [--size BYTES]
//
// It replaces function NAME by `return 42` (demo_answer unless told) and has a build-id made from
// the seed, which it prints. --size adds constants up to about that many bytes.

#include "runtime/testing/payload_file.h"

#include <charconv>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace suture::testing {
namespace {

struct Options {
  std::string output, function = "demo_answer", metadata;
  std::vector<uint8_t> hypervisor, depends;
  uint64_t seed = 1, size = 0;
};

std::vector<uint8_t> fromHex(std::string_view text) {
  std::vector<uint8_t> bytes(text.size() / 2);
  for (size_t index = 0; index < bytes.size(); ++index)
    std::from_chars(text.data() + 2 * index, text.data() + 2 * index + 2, bytes[index], 16);
  return bytes;
}

uint64_t toNumber(std::string_view text) {
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool parse(int count, char **arguments, Options &options) {
  if (count < 2 || count % 2 != 0)
    return false;
  options.output = arguments[1];
  for (int index = 2; index < count; index += 2) {
    const std::string_view key = arguments[index], value = arguments[index + 1];
    if (key == "--hypervisor")
      options.hypervisor = fromHex(value);
    else if (key == "--depends")
      options.depends = fromHex(value);
    else if (key == "--seed")
      options.seed = toNumber(value);
    else if (key == "--function")
      options.function = value;
    else if (key == "--metadata")
      options.metadata += std::string(value) + '\0';
    else if (key == "--size")
      options.size = toNumber(value);
    else
      return false;
  }
  if (options.depends.empty())
    options.depends = options.hypervisor;
  return !options.hypervisor.empty();
}

int run(const Options &options) {
  PayloadFile file{options.hypervisor, options.depends, options.seed};
  file.addFunction({.name = options.function});
  if (!options.metadata.empty())
    file.addSection({.name = format::section::modinfo,
                     .flags = elf::flagAlloc,
                     .data = {options.metadata.begin(), options.metadata.end()}});
  if (options.size != 0)
    file.addSection({.name = ".rodata.filler",
                     .flags = elf::flagAlloc,
                     .data = std::vector<uint8_t>(options.size, 0x5a)});
  const std::vector<std::byte> bytes = file.build();
  std::ofstream out{options.output, std::ios::binary};
  out.write(reinterpret_cast<const char *>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) {
    std::fprintf(stderr, "make_payload: cannot write %s\n", options.output.c_str());
    return 1;
  }
  for (uint8_t byte : PayloadFile::buildIdOf(options.seed))
    std::printf("%02x", byte);
  std::printf("\n");
  return 0;
}

} // namespace
} // namespace suture::testing

int main(int count, char **arguments) {
  suture::testing::Options options;
  if (!suture::testing::parse(count, arguments, options)) {
    std::fprintf(stderr, "usage: make_payload OUTPUT --hypervisor HEX [--depends HEX] [--seed N]\n"
                         "       [--function NAME] [--metadata KEY=VALUE]... [--size BYTES]\n");
    return 2;
  }
  return suture::testing::run(options);
}

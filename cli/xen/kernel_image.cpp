// SPDX-License-Identifier: Apache-2.0
// A bzImage, as far as it matters here:
//
//   0x1f1  setup_sects     sectors of 512 bytes of real-mode code after the first one; 0 means 4
//   0x202  "HdrS"
//   0x206  version         of the boot protocol
//   0x248  payload_offset  of the packed kernel, from the end of the real-mode code
//   0x24c  payload_length
//
// All compressions but gzip are followed by the unpacked size, 4 bytes that belong to the length
// and not to the compressed stream; gzip has such a field of its own.

#include "cli/xen/kernel_image.h"

#include "cli/xen/boot_files.h"

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string_view>

namespace suture::xen {

using client::Expected;

namespace {

constexpr size_t headerEnd = 0x250;
constexpr uint16_t firstVersionWithPayload = 0x0208;

struct Compression {
  std::string_view magic;
  const char *program;
  size_t trailer;
};

constexpr Compression compressions[] = {
    {"\x1f\x8b", "gzip", 0},
    {"\xfd"
     "7zXZ",
     "xz", 4},
    {"\x28\xb5\x2f\xfd", "zstd", 4},
};

template <typename T> T fieldAt(std::string_view image, size_t offset) {
  T value;
  std::memcpy(&value, image.data() + offset, sizeof(value));
  return value;
}

/// The packed kernel; empty where there is none.
std::string_view payloadOf(std::string_view image) {
  if (image.size() < headerEnd || image.substr(0x202, 4) != "HdrS" ||
      fieldAt<uint16_t>(image, 0x206) < firstVersionWithPayload)
    return {};
  const auto sectors = fieldAt<uint8_t>(image, 0x1f1);
  const size_t start =
      (size_t{sectors == 0 ? uint8_t{4} : sectors} + 1) * 512 + fieldAt<uint32_t>(image, 0x248);
  const size_t length = fieldAt<uint32_t>(image, 0x24c);
  if (start > image.size() || length > image.size() - start)
    return {};
  return image.substr(start, length);
}

const Compression *compressionOf(std::string_view payload) {
  for (const Compression &compression : compressions) {
    if (payload.starts_with(compression.magic) && payload.size() > compression.trailer)
      return &compression;
  }
  return nullptr;
}

} // namespace

Expected<bool> unpackKernel(const std::string &image, const std::string &to) {
  auto content = readFile(image);
  if (!content)
    return std::unexpected(content.error());
  std::string_view payload = payloadOf(*content);
  const Compression *compression = compressionOf(payload);
  if (compression == nullptr)
    return false;
  payload.remove_suffix(compression->trailer);
  const std::string packed = to + ".packed";
  SUTURE_CLIENT_TRY(writeFile(packed, payload));
  const bool done = unpack(compression->program, packed, to).has_value() && isElf(to);
  std::error_code ignored; // both go away with the folder that they are in
  std::filesystem::remove(packed, ignored);
  if (!done)
    std::filesystem::remove(to, ignored);
  return done;
}

} // namespace suture::xen

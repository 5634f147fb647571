// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/changes/facts_format.h"

// An entry is a header and a body:
//
//   8 bytes   "SUTFACTS"
//   4         version of the format
//   8         size of the body before compression
//   32        BLAKE3 of all the rest of the file
//   ...       the body, compressed by zstd where LLVM has it
//
// The body is the fields one after another, numbers in 8 bytes, lists and texts with their length
// in front. One list of fields for each struct serves writing and reading, so that they cannot
// drift apart; a field more is a new version. The checksum finds damage. It proves nothing against
// somebody who may write to the folder, which is why the cache's folder is the user's alone, and
// why the reader trusts no length all the same.

#include <algorithm>
#include <cstring>
#include <llvm/Support/Compression.h>
#include <llvm/Support/Error.h>
#include <type_traits>

namespace suture::builder {
namespace {

constexpr std::string_view magic = "SUTFACTS";
constexpr uint32_t formatVersion = 3;
constexpr size_t headerSize =
    magic.size() + sizeof(uint32_t) + sizeof(uint64_t) + sizeof(ContentHash);
/// Bytes; a unit of Xen has about 300 KiB.
constexpr uint64_t maxBodySize = 64 << 20;

class Writer final {
public:
  template <typename... Fields> void operator()(const Fields &...fields) { (write(fields), ...); }
  std::string take() { return std::move(bytes_); }

private:
  template <typename T> void write(const T &value);
  void writeNumber(uint64_t value) {
    bytes_.append(reinterpret_cast<const char *>(&value), sizeof value);
  }

  std::string bytes_;
};

class Reader final {
public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <typename... Fields> void operator()(Fields &...fields) { (read(fields), ...); }
  /// All was there, and nothing is left.
  bool isComplete() const { return good_ && rest_.empty(); }

private:
  template <typename T> void read(T &value);
  uint64_t readNumber() {
    uint64_t value = 0;
    if (rest_.size() < sizeof value) {
      fail();
      return 0;
    }
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  /// Of a list or a text. Each element takes a byte at least.
  uint64_t readLength() {
    const uint64_t length = readNumber();
    if (length <= rest_.size())
      return length;
    fail();
    return 0;
  }
  void fail() {
    good_ = false;
    rest_ = {};
  }

  std::string_view rest_;
  bool good_ = true;
};

template <typename T> struct IsVector : std::false_type {};
template <typename T> struct IsVector<std::vector<T>> : std::true_type {};
template <typename T> struct IsMap : std::false_type {};
template <typename K, typename V> struct IsMap<std::map<K, V>> : std::true_type {};
template <typename T> struct IsOptional : std::false_type {};
template <typename T> struct IsOptional<std::optional<T>> : std::true_type {};
template <typename T> struct IsPair : std::false_type {};
template <typename A, typename B> struct IsPair<std::pair<A, B>> : std::true_type {};

/// Gives the archive a struct's fields, in order.
template <typename Archive, typename T> void visit(Archive &archive, T &value) {
  using Plain = std::remove_const_t<T>;
  if constexpr (std::is_same_v<Plain, SourceLocation>)
    archive(value.file, value.line, value.column);
  else if constexpr (std::is_same_v<Plain, Fingerprint>)
    archive(value.shape, value.meaning);
  else if constexpr (std::is_same_v<Plain, LayoutField>)
    archive(value.name, value.type, value.bitOffset, value.bitSize);
  else if constexpr (std::is_same_v<Plain, EnumeratorFacts>)
    archive(value.name, value.value, value.location);
  else if constexpr (std::is_same_v<Plain, FunctionFacts>)
    archive(value.name, value.linkageNames, value.location, value.lastLine, value.signature,
            value.type, value.body, value.records, value.constants, value.callees,
            value.enumerators, value.isLambda, value.invokes);
  else if constexpr (std::is_same_v<Plain, VariableFacts>)
    archive(value.name, value.linkageName, value.location, value.lastLine, value.constant,
            value.dynamicInitializer, value.section, value.type, value.typeName,
            value.hasInitializer, value.initializer, value.records);
  else if constexpr (std::is_same_v<Plain, RecordFacts>)
    archive(value.location, value.size, value.alignment, value.fields, value.vtable);
  else if constexpr (std::is_same_v<Plain, Setting>)
    archive(value.text, value.location, value.hash);
  else if constexpr (std::is_same_v<Plain, EnumFacts>)
    archive(value.location, value.enumerators);
  else if constexpr (std::is_same_v<Plain, UnitFacts>)
    archive(value.functions, value.variables, value.records, value.enums, value.fileAssembly,
            value.settings);
  else {
    static_assert(std::is_same_v<Plain, CachedFacts>);
    archive(value.key, value.reads, value.facts);
  }
}

template <typename T> void Writer::write(const T &value) {
  if constexpr (std::is_arithmetic_v<T>) {
    writeNumber(static_cast<uint64_t>(value));
  } else if constexpr (std::is_same_v<T, std::string>) {
    writeNumber(value.size());
    bytes_ += value;
  } else if constexpr (std::is_same_v<T, ContentHash>) {
    bytes_.append(reinterpret_cast<const char *>(value.data()), value.size());
  } else if constexpr (IsVector<T>::value || IsMap<T>::value) {
    writeNumber(value.size());
    for (const auto &element : value)
      write(element);
  } else if constexpr (IsPair<T>::value) {
    (*this)(value.first, value.second);
  } else if constexpr (IsOptional<T>::value) {
    write(value.has_value());
    if (value)
      write(*value);
  } else {
    visit(*this, value);
  }
}

template <typename T> void Reader::read(T &value) {
  if constexpr (std::is_arithmetic_v<T>) {
    value = static_cast<T>(readNumber());
  } else if constexpr (std::is_same_v<T, std::string>) {
    const uint64_t length = readLength();
    value = rest_.substr(0, length);
    rest_.remove_prefix(length);
  } else if constexpr (std::is_same_v<T, ContentHash>) {
    if (rest_.size() < value.size())
      return fail();
    std::memcpy(value.data(), rest_.data(), value.size());
    rest_.remove_prefix(value.size());
  } else if constexpr (IsVector<T>::value) {
    for (uint64_t left = readLength(); left != 0 && good_; --left)
      read(value.emplace_back());
  } else if constexpr (IsMap<T>::value) {
    for (uint64_t left = readLength(); left != 0 && good_; --left) {
      typename T::key_type key{};
      read(key);
      read(value[std::move(key)]);
    }
  } else if constexpr (IsPair<T>::value) {
    (*this)(value.first, value.second);
  } else if constexpr (IsOptional<T>::value) {
    bool has = false;
    read(has);
    if (has)
      read(value.emplace());
  } else {
    visit(*this, value);
  }
}

llvm::ArrayRef<uint8_t> asBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t *>(text.data()), text.size()};
}

template <typename T> T numberAt(std::string_view bytes, size_t offset) {
  T value = 0;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

} // namespace

std::string toBytes(const CachedFacts &cached) {
  Writer writer;
  writer(cached);
  std::string body = writer.take();
  const uint64_t size = body.size();
  if (llvm::compression::zstd::isAvailable()) {
    llvm::SmallVector<uint8_t, 0> compressed;
    llvm::compression::zstd::compress(asBytes(body), compressed, /*Level=*/1);
    body.assign(compressed.begin(), compressed.end());
  }
  std::string bytes(magic);
  bytes.append(reinterpret_cast<const char *>(&formatVersion), sizeof formatVersion);
  bytes.append(reinterpret_cast<const char *>(&size), sizeof size);
  const ContentHash checksum = contentHash(bytes + body);
  bytes.append(reinterpret_cast<const char *>(checksum.data()), checksum.size());
  return bytes + body;
}

std::optional<CachedFacts> fromBytes(std::string_view bytes) {
  if (bytes.size() < headerSize || !bytes.starts_with(magic) ||
      numberAt<uint32_t>(bytes, magic.size()) != formatVersion)
    return std::nullopt;
  const auto size = numberAt<uint64_t>(bytes, magic.size() + sizeof(uint32_t));
  const std::string_view stored = bytes.substr(headerSize);
  const std::string_view before = bytes.substr(0, headerSize - sizeof(ContentHash));
  const ContentHash checksum = contentHash(std::string(before) + std::string(stored));
  if (size > maxBodySize ||
      std::memcmp(checksum.data(), bytes.data() + before.size(), checksum.size()) != 0)
    return std::nullopt;
  llvm::SmallVector<uint8_t, 0> plain;
  std::string_view body = stored;
  if (llvm::compression::zstd::isAvailable()) {
    if (auto failed = llvm::compression::zstd::decompress(asBytes(stored), plain, size)) {
      llvm::consumeError(std::move(failed)); // As good as no entry.
      return std::nullopt;
    }
    body = {reinterpret_cast<const char *>(plain.data()), plain.size()};
  }
  CachedFacts cached;
  Reader reader(body);
  reader(cached);
  if (!reader.isComplete())
    return std::nullopt;
  return cached;
}

} // namespace suture::builder

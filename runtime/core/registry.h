// SPDX-License-Identifier: Apache-2.0
#pragma once
// The loaded payloads, in upload order, found by name, build-id, exported symbol or text address,
// each in constant time. Adding is in two steps: reserve() may fail, add() cannot, so that a
// payload is in all indices or in none.

#include "runtime/core/payload.h"
#include "runtime/load/loader.h"
#include "runtime/memory/hash.h"
#include "runtime/memory/hash_index.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace suture {

template <LoadPlatform P> class Registry final {
public:
  using Owner = Payload<P>;

  explicit Registry(P &platform) noexcept
      : names_(platform), buildIds_(platform), exports_(platform), textPages_(platform) {}
  Registry(const Registry &) = delete;
  Registry &operator=(const Registry &) = delete;

  // What the loader asks (PayloadRegistry).
  [[nodiscard]] std::optional<Export<Owner>> findExport(std::string_view name) const noexcept {
    const ExportEntry *entry = exports_.find(
        hashOf(name), [name](const ExportEntry &e) { return e.symbol->name == name; });
    if (entry == nullptr)
      return std::nullopt;
    return Export<Owner>{.address = entry->symbol->address, .owner = entry->owner};
  }
  [[nodiscard]] Owner *findBuildId(std::span<const uint8_t> id) const noexcept {
    Owner *const *found =
        buildIds_.find(hashOf(id), [id](const Owner *owner) { return owner->loaded.id.is(id); });
    return found == nullptr ? nullptr : *found;
  }
  [[nodiscard]] Owner *findText(HvVirt address) const noexcept {
    Owner *const *found = textPages_.find(hashOf(pageOf(address)), [address](const Owner *owner) {
      const PayloadRegion &text = textOf(*owner);
      return address - text.address < text.bytes.size();
    });
    return found == nullptr ? nullptr : *found;
  }
  [[nodiscard]] std::string_view nameOf(const Owner &owner) const noexcept { return owner.name(); }

  [[nodiscard]] Owner *find(std::string_view name) const noexcept {
    Owner *const *found =
        names_.find(hashOf(name), [name](const Owner *owner) { return owner->name() == name; });
    return found == nullptr ? nullptr : *found;
  }

  /// The payload at `index` in upload order, or null. Constant time when `index` is at or after the
  /// last one asked for and close to it, as a client's walk in chunks is.
  [[nodiscard]] Owner *at(uint32_t index) const noexcept {
    if (index >= count_)
      return nullptr;
    if (cursor_ == nullptr || index < cursorIndex_) {
      cursor_ = first_;
      cursorIndex_ = 0;
    }
    for (; cursorIndex_ < index; ++cursorIndex_)
      cursor_ = cursor_->next;
    return cursor_;
  }

  [[nodiscard]] Owner *first() const noexcept { return first_; }
  [[nodiscard]] Owner *last() const noexcept { return last_; }
  [[nodiscard]] uint32_t count() const noexcept { return count_; }
  /// Sum of all names' sizes with their NULs.
  [[nodiscard]] uint32_t nameTotal() const noexcept { return nameTotal_; }
  [[nodiscard]] uint32_t metadataTotal() const noexcept { return metadataTotal_; }

  /// Makes room in all indices for one more payload; false when there is no memory.
  [[nodiscard]] bool reserve(const Owner &payload) noexcept {
    return names_.reserve(1) && buildIds_.reserve(1) &&
           exports_.reserve(payload.loaded.symbols.size()) &&
           textPages_.reserve(pageCount(payload));
  }

  /// Precondition: reserve(payload) succeeded just before.
  void add(Owner &payload) noexcept {
    names_.insert(hashOf(payload.name()), &payload);
    buildIds_.insert(hashOf(payload.loaded.id.view()), &payload);
    for (const PayloadSymbol &symbol : payload.loaded.symbols.items())
      // Of two new symbols of one name in one payload the first counts.
      if (symbol.isNew && !findExport(symbol.name))
        exports_.insert(hashOf(symbol.name), ExportEntry{.symbol = &symbol, .owner = &payload});
    for (uint64_t page = 0; page < pageCount(payload); ++page)
      textPages_.insert(hashOf(firstPage(payload) + page), &payload);
    for (Link &link : payload.loaded.links.items())
      enter(link, payload);
    payload.previous = last_;
    payload.next = nullptr;
    (last_ != nullptr ? last_->next : first_) = &payload;
    last_ = &payload;
    ++count_;
    nameTotal_ += payload.nameSize();
    metadataTotal_ += payload.metadataSize();
  }

  /// Takes a payload out of all indices; its record stays the caller's.
  void remove(Owner &payload) noexcept {
    auto isPayload = [&payload](const Owner *owner) { return owner == &payload; };
    names_.remove(hashOf(payload.name()), isPayload);
    buildIds_.remove(hashOf(payload.loaded.id.view()), isPayload);
    for (const PayloadSymbol &symbol : payload.loaded.symbols.items())
      if (symbol.isNew)
        exports_.remove(hashOf(symbol.name),
                        [&symbol](const ExportEntry &entry) { return entry.symbol == &symbol; });
    for (uint64_t page = 0; page < pageCount(payload); ++page)
      textPages_.remove(hashOf(firstPage(payload) + page), isPayload);
    for (Link &link : payload.loaded.links.items())
      leave(link);
    (payload.previous != nullptr ? payload.previous->next : first_) = payload.next;
    (payload.next != nullptr ? payload.next->previous : last_) = payload.previous;
    --count_;
    nameTotal_ -= payload.nameSize();
    metadataTotal_ -= payload.metadataSize();
    cursor_ = nullptr;
  }

private:
  using Link = PayloadLink<Owner>;

  /// Makes a link a member of its provider's list of users.
  static void enter(Link &link, Owner &user) noexcept {
    link.user = &user;
    link.previous = nullptr;
    link.next = std::exchange(link.provider->firstUser, &link);
    if (link.next != nullptr)
      link.next->previous = &link;
  }
  static void leave(const Link &link) noexcept {
    (link.previous != nullptr ? link.previous->next : link.provider->firstUser) = link.next;
    if (link.next != nullptr)
      link.next->previous = link.previous;
  }

  struct ExportEntry {
    const PayloadSymbol *symbol = nullptr;
    Owner *owner = nullptr;
  };

  static constexpr uint64_t pageSize = 4096;
  static const PayloadRegion &textOf(const Owner &payload) noexcept {
    return payload.loaded.memory.get().text;
  }
  static uint64_t pageOf(HvVirt address) noexcept { return address.value / pageSize; }
  static uint64_t firstPage(const Owner &payload) noexcept {
    return pageOf(textOf(payload).address);
  }
  static uint64_t pageCount(const Owner &payload) noexcept {
    return (textOf(payload).bytes.size() + pageSize - 1) / pageSize;
  }

  HashIndex<Owner *, P> names_, buildIds_;
  HashIndex<ExportEntry, P> exports_;
  HashIndex<Owner *, P> textPages_;
  Owner *first_ = nullptr, *last_ = nullptr;
  /// Where the last at() ended.
  mutable Owner *cursor_ = nullptr;
  mutable uint32_t cursorIndex_ = 0;
  uint32_t count_ = 0;
  uint32_t nameTotal_ = 0, metadataTotal_ = 0;
};

} // namespace suture

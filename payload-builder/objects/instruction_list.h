// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace suture::builder {

/// An instruction that counts: no NOP, or one that is not there for the sake of what follows.
struct Instruction {
  /// From the start of the function.
  int64_t offset = 0;
  std::span<const uint8_t> bytes;
  /// NOPs between the instruction before it and this one.
  std::span<const uint8_t> nops;
  /// The decoder's number of its mnemonic: `jmp` has one, whatever its width.
  uint32_t mnemonic = 0;
  /// Bytes of prefixes.
  size_t prefixes = 0;
  /// A jump or call by a distance.
  bool isBranch = false;
  /// The distance that it has in itself, if any: that of a branch, or of an operand (%rip). Bytes
  /// from the start of the instruction.
  size_t field = 0;
  /// In bytes; 0: it has none.
  size_t fieldSize = 0;
  /// Where the distance leads, from the start of the function.
  int64_t destination = 0;
};

/// Whether two instructions are the same but for their bytes: of branches also the width, of others
/// what is in fields.
bool haveSameForm(const Instruction &one, const Instruction &other);

/// From, and up to; from the start of the function.
struct CodeRange {
  int64_t from = 0;
  int64_t to = 0;
};

/// The code of a function, part by part, as instructions with NOPs between them.
class InstructionList final {
public:
  /// \param nopsThatCount  where NOPs are instructions as all others.
  explicit InstructionList(std::vector<CodeRange> nopsThatCount = {})
      : nopsThatCount_(std::move(nopsThatCount)) {}

  /// Adds a part of the function. \param bytes  outlive the list.  \param base  of the bytes, from
  /// the start of the function.  \param limit  what comes after that many instructions is left out.
  /// Whether all are instructions, and lie behind all parts so far, which end in no NOPs.
  [[nodiscard]] bool append(std::span<const uint8_t> bytes, int64_t base, size_t limit = SIZE_MAX);

  const std::vector<Instruction> &instructions() const { return instructions_; }
  /// Those after the last instruction.
  std::span<const uint8_t> trailingNops() const { return trailingNops_; }
  /// Of the last part, from the start of the function.
  int64_t end() const { return end_; }

  /// The number of the instruction that is the first to do something from an offset on; nullopt
  /// where none starts there.
  std::optional<size_t> numberAt(int64_t offset) const;

private:
  bool doesCount(int64_t nop) const;

  std::vector<CodeRange> nopsThatCount_;
  std::vector<Instruction> instructions_;
  /// Where NOPs start, sorted.
  std::vector<int64_t> nops_;
  std::span<const uint8_t> trailingNops_;
  int64_t end_ = 0;
};

} // namespace suture::builder

// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/scene/payloads.h"

#include "benchmarks/scene/slots.h"
#include "runtime/testing/payload_file.h"

#include <algorithm>

namespace suture::benchmarks {
namespace {

using testing::FileFunction;
using testing::FileRelocation;
using testing::PayloadFile;

void addFunctions(PayloadFile &file, const PayloadShape &shape) {
  for (uint32_t index = 0; index < shape.functions; ++index) {
    const uint32_t slot = shape.firstSlot + index;
    FileFunction function{.oldSize = slotSize};
    if (shape.byName)
      function.name = slotName(slot);
    else
      function.oldAddress = slotAddress(slot).value;
    if (shape.expectsOtherBytes && index + 1 == shape.functions) {
      using Expectation = format::LivepatchExpectation;
      // Two bytes that no slot starts with.
      function.expectation = {.header = Expectation::enabledBit | 2u << Expectation::lengthShift,
                              .data = {0x0f, 0x0b}};
    }
    file.addFunction(function);
  }
}

void addRelocations(PayloadFile &file, uint32_t count) {
  constexpr uint64_t step = 8;
  testing::FileSection pointers{.name = ".rodata.pointers", .flags = elf::flagAlloc};
  pointers.data.resize(count * step);
  pointers.alignment = step;
  const uint16_t section = file.addSection(pointers);
  const uint32_t symbol = file.addSymbol({.name = "", .section = section, .info = 3});
  std::vector<FileRelocation> &relocations = file.section(".rodata.pointers").relocations;
  for (uint32_t index = 0; index < count; ++index)
    relocations.push_back({.offset = index * step,
                           .symbol = symbol,
                           .type = static_cast<uint32_t>(index % 2 == 0 ? format::Relocation::Abs64
                                                                        : format::Relocation::Pc32),
                           .addend = static_cast<int64_t>(index)});
}

} // namespace

std::vector<std::byte> makePayload(const PayloadShape &shape) {
  const std::vector<uint8_t> hypervisor = slotBuildId();
  PayloadFile file{hypervisor, shape.depends.empty() ? hypervisor : shape.depends, shape.seed};
  addFunctions(file, shape);
  if (shape.plainBytes != 0)
    file.addSection({.name = ".rodata.plain",
                     .flags = elf::flagAlloc,
                     .data = std::vector<uint8_t>(shape.plainBytes, 0x5a),
                     .alignment = 16});
  if (shape.relocations != 0)
    addRelocations(file, shape.relocations);
  for (uint32_t index = 0; index < shape.undefinedSymbols; ++index)
    file.addSymbol({.name = slotName(index % slotCount)});
  return file.build();
}

std::vector<uint8_t> payloadBuildId(const PayloadShape &shape) {
  return PayloadFile::buildIdOf(shape.seed);
}

} // namespace suture::benchmarks

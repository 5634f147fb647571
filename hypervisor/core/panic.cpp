// SPDX-License-Identifier: Apache-2.0
#include "hypervisor/core/panic.h"

#include "hypervisor/core/hypervisor.h"
#include "hypervisor/log/log.h"
#include "hypervisor/memory/layout.h"
#include "hypervisor/x86/instructions.h"
#include "hypervisor/x86/registers.h"

#include <atomic>

extern "C" {
extern const std::byte symbolTableStart[];
extern const std::byte symbolTableEnd[];
}

namespace suture::hv {
namespace {

constinit std::atomic<bool> panicking{false};

constexpr size_t maxDepth = 32;

/// Whether a frame pointer may be followed: in a stack, or in the image (the boot stack).
bool isStackAddress(uint64_t address) {
  const bool inStacks =
      address >= layout::stacks.value && address < layout::stacks.value + (uint64_t{1} << 39);
  const bool inImage = address >= layout::image.value && address < layout::payloads.value;
  return (inStacks || inImage) && address % sizeof(uint64_t) == 0;
}

void logAddress(const SymbolTable &symbols, uint64_t address) {
  if (auto symbol = symbols.around(address))
    log("  {x16} {}+0x{x}", address, symbol->name, address - symbol->address);
  else
    log("  {x16}", address);
}

void logBacktrace(uint64_t framePointer) {
  const SymbolTable symbols = imageSymbols();
  log("backtrace:");
  for (size_t depth = 0; depth < maxDepth && isStackAddress(framePointer); ++depth) {
    const auto *frame = reinterpret_cast<const uint64_t *>(framePointer);
    if (frame[1] == 0)
      break;
    logAddress(symbols, frame[1]);
    // Stacks grow down, so that callers' frames lie above; the exception stacks break that once.
    framePointer = frame[0];
  }
}

[[noreturn]] void end() {
  if (Hypervisor *hypervisor = Hypervisor::instance())
    hypervisor->power.off();
  x86::halt();
}

/// True for the first CPU to panic; the others wait for the end.
bool firstToPanic() {
  if (panicking.exchange(true))
    return false;
  breakLogLock();
  return true;
}

} // namespace

SymbolTable imageSymbols() {
  return SymbolTable{ByteView{std::span{symbolTableStart, symbolTableEnd}}};
}

void panicArguments(std::string_view pattern, std::span<const FormatArgument> arguments) {
  if (!firstToPanic())
    x86::halt();
  std::array<char, 200> message{};
  log("suture-hv: panic: {}", formatInto(message, pattern, arguments));
  logBacktrace(reinterpret_cast<uint64_t>(__builtin_frame_address(0)));
  end();
}

void panicOnException(const x86::Frame &frame) {
  if (!firstToPanic())
    x86::halt();
  const SymbolTable symbols = imageSymbols();
  log("suture-hv: panic: exception {}, error code {x}, address {x16}", frame.vector,
      frame.errorCode, x86::readCr2());
  log("  rip {x16} rflags {x8} rsp {x16}", frame.rip, frame.rflags, frame.rsp);
  log("  rax {x16} rbx {x16} rcx {x16} rdx {x16}", frame.rax, frame.rbx, frame.rcx, frame.rdx);
  log("  rsi {x16} rdi {x16} rbp {x16} r8  {x16}", frame.rsi, frame.rdi, frame.rbp, frame.r8);
  log("  r9  {x16} r10 {x16} r11 {x16} r12 {x16}", frame.r9, frame.r10, frame.r11, frame.r12);
  log("  r13 {x16} r14 {x16} r15 {x16} cr3 {x16}", frame.r13, frame.r14, frame.r15, x86::readCr3());
  log("at:");
  logAddress(symbols, frame.rip);
  logBacktrace(frame.rbp);
  end();
}

} // namespace suture::hv

// SPDX-License-Identifier: Apache-2.0
// What must not grow faster than its input, done with few and with eight times as many
// (scaling_test.py counts the instructions under callgrind). No threads, no clock and no address
// decides what is done.

#include "benchmarks/scene/crowd.h"
#include "benchmarks/scene/symbol_table.h"
#include "hypervisor/lib/symbols.h"

#include <cstdint>
#include <cstdio>

/// Callgrind writes down its counts whenever such a function returns.
#define SUTURE_SCALE extern "C" __attribute__((noinline, used))

namespace suture::benchmarks {

// clang-format off
SUTURE_SCALE void scaleBegin();
SUTURE_SCALE void scaleUpload(Crowd &);
SUTURE_SCALE void scaleList(Crowd &);
SUTURE_SCALE void scaleLink(Crowd &);
SUTURE_SCALE void scaleUnload(Crowd &);
SUTURE_SCALE void scaleSymbols(Crowd &);
SUTURE_SCALE bool scaleLookup(const MadeSymbolTable &, const hv::SymbolTable &);
// clang-format on

/// Called right before each: what was counted up to here belongs to none of them.
void scaleBegin() { __asm__ volatile(""); }
void scaleUpload(Crowd &crowd) { crowd.upload(); }
void scaleList(Crowd &crowd) { crowd.list(); }
void scaleLink(Crowd &crowd) { crowd.link(); }
void scaleUnload(Crowd &crowd) { crowd.unload(); }
void scaleSymbols(Crowd &crowd) { crowd.symbols(); }
/// All names of the hypervisor's own symbol table.
bool scaleLookup(const MadeSymbolTable &table, const hv::SymbolTable &symbols) {
  bool found = true;
  for (const std::string &name : table.names)
    found &= symbols.find(name).has_value();
  return found;
}

namespace {

bool runAll(uint32_t count) {
  Crowd crowd{count};
  scaleBegin();
  scaleUpload(crowd);
  scaleBegin();
  scaleList(crowd);
  scaleBegin();
  scaleLink(crowd);
  scaleBegin();
  scaleSymbols(crowd);
  scaleBegin();
  scaleUnload(crowd);
  const MadeSymbolTable table = makeSymbolTable(8 * count);
  const hv::SymbolTable symbols{hv::ByteView{table.bytes}};
  scaleBegin();
  return scaleLookup(table, symbols);
}

} // namespace
} // namespace suture::benchmarks

int main() {
  using namespace suture::benchmarks;
  // As scaling_test.py has them.
  constexpr uint32_t few = 250, many = 2'000;
  const bool worked = runAll(few) && runAll(many);
  if (!worked)
    std::fprintf(stderr, "scaling: a symbol was not found\n");
  return worked ? 0 : 1;
}

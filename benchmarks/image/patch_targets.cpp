// SPDX-License-Identifier: Apache-2.0
// 5,000 functions for payloads to patch, in an image that is for measuring alone: 16 bytes each,
// which return. Nobody calls them: what an apply costs does not depend on it.

extern "C" [[gnu::naked, gnu::used, gnu::retain]] void sutureBenchmarkTargets();

void sutureBenchmarkTargets() {
  __asm__ volatile(".rept 5000\n\t"
                   "movl $1, %eax\n\t"
                   "ret\n\t"
                   ".balign 16\n\t"
                   ".endr");
}

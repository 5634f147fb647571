// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/demo_functions.h"

#include "runtime/host/host_text.h"

// A jump takes 5 bytes, 9 behind ENDBR64: the empty statements see to it that there are so many.
#define SUTURE_ROOM __asm__ volatile("nopw 0x0(%rax,%rax,1)\n\tnopw 0x0(%rax,%rax,1)")

extern "C" {

SUTURE_PATCHABLE int demo_answer() {
  SUTURE_ROOM;
  return 41;
}

SUTURE_PATCHABLE int demo_add(int a, int b) {
  SUTURE_ROOM;
  return a + b;
}

SUTURE_PATCHABLE int demo_refuse() {
  SUTURE_ROOM;
  return -1;
}

SUTURE_PATCHABLE __attribute__((naked)) int demo_branch_target() {
  __asm__ volatile("endbr64\n\t"
                   "nopw 0x0(%rax,%rax,1)\n\t"
                   "movl $7, %eax\n\t"
                   "ret");
}
}

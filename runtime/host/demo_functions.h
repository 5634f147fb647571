// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the control server lets its clients patch.

#include <cstdint>

extern "C" {
/// 41.
int demo_answer();
/// a + b.
int demo_add(int a, int b);
/// -1, as a function that refuses does.
int demo_refuse();
/// Starts with ENDBR64. 7.
int demo_branch_target();
}

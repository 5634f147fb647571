// SPDX-License-Identifier: Apache-2.0
#pragma once
// Marks code that a payload must never replace: what runs while a payload is applied, and what NMI
// and machine check run. It lies between imageStart and unpatchableEnd.
#define SUTURE_UNPATCHABLE __attribute__((section(".text.unpatchable"), noinline))

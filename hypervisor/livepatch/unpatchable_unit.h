// SPDX-License-Identifier: Apache-2.0
// Included first by a unit all of whose functions, templates of the runtime among them, run while a
// payload is applied: they go where no payload may patch.
#pragma clang section text = ".text.unpatchable"

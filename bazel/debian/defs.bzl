# SPDX-License-Identifier: Apache-2.0
"""Compile flags that go with //bazel/debian:llvm."""

LLVM_COPTS = ["-isystem/usr/lib/llvm-19/include"]

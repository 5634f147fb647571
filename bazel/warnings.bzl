# SPDX-License-Identifier: Apache-2.0
"""Warnings of all code here; each is an error."""

WARNINGS = [
    "-Wall",
    "-Wextra",
    "-Wcast-align",
    "-Wcast-qual",
    "-Wconversion",
    "-Wctad-maybe-unsupported",
    "-Wdeprecated",
    "-Wextra-semi",
    "-Wfloat-equal",
    "-Wformat=2",
    "-Wmissing-declarations",
    "-Wmissing-noreturn",
    "-Wnon-virtual-dtor",
    "-Wold-style-cast",
    "-Woverloaded-virtual",
    "-Wpointer-arith",
    "-Wredundant-decls",
    "-Wshadow",
    "-Wundef",
    "-Wvla",
    "-Wwrite-strings",
    "-Wzero-as-null-pointer-constant",
    "-Werror",
]

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The example linked without any library (the linker saw to that), is for x86-64, and uses no SSE register.
set -eu
file=$1
[ -s "$file" ]
llvm-readelf-19 -h "$file" | grep -q 'Machine:.*X86-64'
[ "$(llvm-nm-19 --undefined-only "$file" | wc -l)" -eq 0 ]
functions=$(llvm-nm-19 "$file" | grep -c ' [tT] ')
[ "$functions" -gt 50 ] || { echo "only $functions functions"; exit 1; }
if llvm-objdump-19 -d --no-show-raw-insn "$file" | grep -q '%xmm'; then echo "uses SSE"; exit 1; fi

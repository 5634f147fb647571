#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: smoke.sh FUZZER MAKE_SEEDS KIND SECONDS
set -eu
corpus=$(mktemp -d "${TEST_TMPDIR:-/tmp}/corpus.XXXXXX")
trap 'rm -rf "$corpus"' EXIT
"$2" "$3" "$corpus"
seeds=$(ls "$corpus" | wc -l)
[ "$seeds" -gt 0 ] || { echo "no seeds"; exit 1; }
# A fixed seed: the same inputs on each machine, as many as fit into the time.
"$1" -seed=1 -max_total_time="$4" -timeout=20 -rss_limit_mb=3000 -max_len=65536 -print_final_stats=1 \
  -artifact_prefix="${TEST_UNDECLARED_OUTPUTS_DIR:-$corpus}/" "$corpus" 2>"$corpus.log" || { tail -50 "$corpus.log"; exit 1; }
runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$corpus.log")
rm -f "$corpus.log"
echo "$seeds seeds, $runs runs"
# A fuzzer that ran nothing proves nothing.
[ "${runs:-0}" -gt "$seeds" ]

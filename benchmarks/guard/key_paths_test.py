# SPDX-License-Identifier: Apache-2.0
"""Counts the instructions of the key paths under callgrind and compares them with the accepted ones.

    key_paths_test.py PROGRAM ACCEPTED            fails when a path grew by more than 5 %, and says in which functions
    key_paths_test.py PROGRAM ACCEPTED --accept   writes the counts as the new accepted ones

The counts are exact: the program does the same at every run, and the C library is told which of its variants to take, so
that they do not depend on the processor. No clock is looked at.
"""
import argparse
import glob
import os
import re
import subprocess
import sys
import tempfile

import guard

PATHS = ["LoadPlain", "LoadFunctions", "LoadRelocations", "CheckApply", "Apply", "Revert", "List", "Channel"]
# Of memcpy and the like, the variant for any x86-64, with thresholds that do not come from the processor's caches.
PLAIN_LIBRARY = ("glibc.cpu.x86_non_temporal_threshold=16777216:glibc.cpu.x86_data_cache_size=32768:"
                 "glibc.cpu.x86_shared_cache_size=1048576:glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-AVX_Fast_Unaligned_Load,-ERMS,-FSRM,-BMI2,-MOVBE,-RTM,"
                 "-SSE4_2,-SSE4_1,-SSSE3,-Fast_Unaligned_Copy")
FUNCTIONS_KEPT = 12
LONGEST_NAME = 160


def profile(program, folder, functions="keyPath*"):
    """Runs the program under callgrind, which dumps its counts as it leaves each of the functions."""
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", "--compress-strings=no",
               f"--dump-after={functions}", program]
    environment = {"PATH": "/usr/bin:/bin", "GLIBC_TUNABLES": PLAIN_LIBRARY, "LC_ALL": "C", "LD_BIND_NOW": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        sys.exit(f"the program failed under callgrind: exit code {done.returncode}\n{done.stderr}")


def read_dump(path, prefix="keyPath"):
    """(key path, instructions by function) of one dump; (None, {}) of one that no key path triggered."""
    trigger, counts, function, skip = None, {}, None, False
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if match := re.match(rf"desc: Trigger: --dump-after={prefix}(\w+)", line):
                trigger = match[1]
            elif match := re.match(r"fn=(.*)", line):
                function = match[1]
            elif line.startswith("calls="):
                # The next line is what the callee cost, which is in the callee's own lines already.
                skip = True
            elif match := re.match(r"(?:[+-]?\d+|\*|0x[0-9a-f]+) (\d+)$", line):
                if not skip:
                    counts[function] = counts.get(function, 0) + int(match[1])
                skip = False
    return trigger, counts


def measure(program):
    """{path: {"instructions": total, "functions": {name: own instructions}}} of all key paths."""
    measured = {}
    with tempfile.TemporaryDirectory() as folder:
        profile(program, folder)
        for dump in sorted(glob.glob(os.path.join(folder, "out.*"))):
            path, counts = read_dump(dump)
            if path in PATHS:
                measured[path] = {"instructions": sum(counts.values()), "functions": counts}
    missing = [path for path in PATHS if not measured.get(path, {}).get("instructions")]
    if missing:
        sys.exit(f"callgrind counted nothing for {', '.join(missing)}")
    return measured


def largest(counts):
    """The functions that take most, in order of their names."""
    kept = sorted(counts, key=counts.get, reverse=True)[:FUNCTIONS_KEPT]
    return {name: counts[name] for name in sorted(kept)}


def worth_keeping(measured):
    """What is accepted of what was measured."""
    return {path: {"instructions": measured[path]["instructions"], "functions": largest(measured[path]["functions"])}
            for path in PATHS}


def explain(now, then):
    """Lines that say which functions the growth is in, the largest first."""
    known = then["functions"]
    floor = min(known.values(), default=0)
    grown = []
    for name, count in now["functions"].items():
        # A function that was too small to be kept had at most as much as the smallest one that was.
        more = count - known.get(name, min(floor, count))
        if more > 0:
            grown.append((more, name, known.get(name)))
    for more, name, before in sorted(grown, reverse=True)[:5]:
        yield f"+{more} in {name if len(name) <= LONGEST_NAME else name[:LONGEST_NAME] + '...'} (was {before if before is not None else f'at most {floor}'})"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    guard.add_arguments(parser)
    options = parser.parse_args()
    measured = measure(options.program)
    return guard.conclude(
        options, worth_keeping(measured),
        "python3 benchmarks/guard/key_paths_test.py bazel-bin/benchmarks/guard/key_paths benchmarks/guard/accepted.json",
        counts=lambda entries: {path: entries[path]["instructions"] for path in PATHS},
        explain=lambda path, accepted: explain(measured[path], accepted[path]))


if __name__ == "__main__":
    sys.exit(main())

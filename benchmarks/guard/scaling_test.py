# SPDX-License-Identifier: Apache-2.0
"""Nothing grows faster than its input: scaling_test.py PROGRAM.

The program does each thing with few and with many payloads or symbols under callgrind; an item of many may take at most
twice the instructions that an item of few takes. Counts are exact; no clock is looked at.
"""
import glob
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from key_paths_test import profile, read_dump

FEW, MANY = 250, 2000
ALLOWED = 2.0
PATHS = ["Upload", "List", "Link", "Symbols", "Unload", "Lookup"]


def measure(program):
    """{path: [instructions with few, with many]}"""
    counts = {path: [] for path in PATHS}
    with tempfile.TemporaryDirectory() as folder:
        profile(program, folder, "scale*")
        dumps = glob.glob(os.path.join(folder, "out.*"))
        for dump in sorted(dumps, key=lambda name: int(re.search(r"\d+$", name).group())):
            path, functions = read_dump(dump, "scale")
            if path in counts:
                counts[path].append(sum(functions.values()))
    return counts


def main():
    failed = []
    for path, found in measure(sys.argv[1]).items():
        if len(found) != 2 or not all(found):
            sys.exit(f"{path}: callgrind counted {found}, not one run with few and one with many")
        few, many = found[0] / FEW, found[1] / MANY
        good = many <= ALLOWED * few
        print(f"{'ok' if good else 'FAILED':6} {path:8} {few:10.0f} instructions an item of {FEW}, {many:10.0f} of {MANY}: "
              f"{many / few:.2f}, allowed {ALLOWED}")
        if not good:
            failed.append(path)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

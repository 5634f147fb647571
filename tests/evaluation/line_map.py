# SPDX-License-Identifier: Apache-2.0
"""Where the lines of a diff's files went: so that a line number in code can be told from a constant that changed."""
import re

HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


class LineMap:
    """For each file of a unified diff, which line of the patched text an unchanged line of the base became."""

    def __init__(self, diff):
        self._shifts = {}  # file -> [(first base line after the hunk, shift from there on)]
        self._touched = {}  # file -> base lines that a hunk removes
        self._read(diff)

    def _read(self, diff):
        name, base, old_left, new_left, shift = None, 0, 0, 0, 0
        for line in diff.splitlines():
            if old_left > 0 or new_left > 0:
                mark = line[:1]
                if mark in ("-", " ", ""):
                    old_left -= 1
                if mark in ("+", " ", ""):
                    new_left -= 1
                if mark == "-":
                    self._touched[name].add(base)
                if mark != "+" and mark != "\\":
                    base += 1
                shift += (mark == "+") - (mark == "-")
                if mark in ("+", "-"):
                    self._shifts[name].append((base, shift))
                continue
            hunk = HUNK.match(line)
            if hunk and name is not None:
                base = int(hunk[1]) + (hunk[2] == "0")
                old_left, new_left = int(hunk[2] or 1), int(hunk[4] or 1)
            elif line.startswith("--- "):
                name = line[4:].split("\t")[0]
                name, shift = name[2:] if name.startswith("a/") else name, 0
                self._shifts.setdefault(name, [])
                self._touched.setdefault(name, set())

    def moved(self, base, patched):
        """Whether some file of the diff has an unchanged line that was `base` and is `patched` now."""
        return base != patched and any(self._new_line(name, base) == patched for name in self._shifts)

    def _new_line(self, name, base):
        if base in self._touched[name]:
            return None
        shift = 0
        for first, value in self._shifts[name]:
            if first > base:
                break
            shift = value
        return base + shift

    def files(self):
        """The files that the diff touches."""
        return sorted(self._shifts)

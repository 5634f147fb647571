# SPDX-License-Identifier: Apache-2.0
"""Writes a cpio archive in the "newc" format: archive.py OUTPUT NAME=FILE... Same input, same bytes."""
import sys


def entry(number, name, data, mode):
    """One header, name and data, each padded to 4 bytes."""
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def main():
    parts = []
    for number, argument in enumerate(sys.argv[2:], 1):
        name, path = argument.split("=", 1)
        with open(path, "rb") as file:
            parts.append(entry(number, name, file.read(), 0o100755))
    parts.append(entry(0, "TRAILER!!!", b"", 0))
    with open(sys.argv[1], "wb") as file:
        file.write(b"".join(parts))


main()
